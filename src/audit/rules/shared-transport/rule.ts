import type { CallFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const TRANSPORT = /^@modelcontextprotocol\/.*\bStreamableHTTPServerTransport\.new$/;

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'shared-transport',
    title: 'Each caller has a transport of its own',
    failure: 'All callers share one transport',
    severity: 'high',
    confidence: 'medium',
    controls: ['ISO-01'],
    method: 'static',
    remedy:
      'Make the server and the transport for each request, or for each session. Answers of a shared one go to whoever asked last with the same id.',
    references: ['CVE-2026-25536', 'CWE-362'],
  },
  ({ calls }) => {
    const transports = calls.filter(({ symbol }) => TRANSPORT.test(symbol));
    return transports.length === 0 ? undefined : { seen: transports.length, facts: transports };
  },
  (fact) => {
    const generator = fact.args[0]?.fields?.['sessionIdGenerator'];
    const isOnce = fact.within === '' || /^(?:main|start|run|bootstrap)(?:Server|Http|HTTP)?$/.test(fact.within);
    // Without sessions there is nothing that tells callers apart.
    const isStateless =
      fact.args.length === 0 ||
      (generator === undefined ? fact.args[0]?.fields !== undefined : generator.constant === null);
    if (!isOnce || !isStateless || fact.args[0]?.isOpen === true) return [];
    return [{ message: 'A transport without sessions is made once, for all callers', place: placeAt(fact) }];
  },
);
