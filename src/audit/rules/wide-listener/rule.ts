import type { CallFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const ALL_ADDRESSES: ReadonlySet<unknown> = new Set(['0.0.0.0', '::', '*']);
const LISTENS =
  /^(?:express|fastify|hono|@hono\/node-server|https?|koa|restify|polka|Bun|@modelcontextprotocol\/).*\b(?:listen|serve)$/;

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'wide-listener',
    title: 'No server listens on every address by itself',
    failure: 'A server listens on every address of the machine',
    severity: 'medium',
    confidence: 'medium',
    controls: ['ARC-01'],
    method: 'static',
    remedy:
      'Listen on 127.0.0.1, and let whoever deploys it say another address. Without a host, Node listens on every address.',
    references: ['CVE-2026-54504', 'CVE-2026-23744', 'MCP 2026-07-28 basic/transports, security warning'],
  },
  ({ calls, handlers }) => {
    const listeners = calls.filter(({ symbol }) => LISTENS.test(symbol));
    const isServer = handlers.length > 0 || calls.some(({ symbol }) => symbol.startsWith('@modelcontextprotocol/'));
    return listeners.length === 0 || !isServer ? undefined : { seen: listeners.length, facts: listeners };
  },
  (fact) => {
    const [first, second] = fact.args;
    const host = first?.fields?.['host'] ?? first?.fields?.['hostname'] ?? second;
    if (host !== undefined && ALL_ADDRESSES.has(host.constant))
      return [{ message: 'It listens on every address', place: placeAt(fact), evidence: String(host.constant) }];
    // Whatever is no number may be the path of a socket.
    const isPort =
      typeof first?.constant === 'number' || first?.isNumber === true || first?.symbol?.endsWith('PORT') === true;
    const isLeftOut = host === undefined || host.isFunction === true;
    if (!isPort || !isLeftOut) return [];
    return [{ message: 'It listens without a host, and so on every address', place: placeAt(fact), confidence: 'low' }];
  },
);
