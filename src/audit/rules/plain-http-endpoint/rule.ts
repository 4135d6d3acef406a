import { describeExchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { sendInClear } from '../../live/in-clear.ts';
import type { RuleMeta } from '../../model.ts';

const meta: RuleMeta = {
  id: 'plain-http-endpoint',
  title: 'A remote endpoint is reached over TLS alone',
  failure: 'A remote endpoint is reached in clear',
  severity: 'high',
  confidence: 'high',
  controls: ['ARC-03'],
  method: 'probe',
  remedy:
    'Serve TLS, or end it in a proxy before the server, and do not answer plain HTTP at all: with a redirect the token has travelled already.',
  references: [
    'MCP 2026-07-28 basic/authorization/security-considerations, communication security',
    'RFC 9325 section 3.2',
  ],
};

interface Facts {
  readonly isTls: boolean;
}

/** Looks at the URL; where it is https, speaks plain HTTP to its port. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined) return undefined;
    if (http.url.protocol === 'https:') {
      const exchange = await sendInClear(http, subject.budget);
      return { exchanges: [exchange], facts: { isTls: true } };
    }
    // On one machine nobody is on the way.
    return http.reach === 'loopback' ? undefined : { exchanges: [], facts: { isTls: false } };
  },
  judge({ exchanges, facts }) {
    if (!facts.isTls) {
      const message = 'the endpoint is served without TLS: who is on the way reads tokens and writes answers';
      return { status: 'fail', why: message, hits: [{ message, place: { exchange: 'the endpoint' } }] };
    }
    const [exchange] = exchanges;
    if (exchange === undefined || exchange.ending === 'unreachable' || exchange.ending === 'withheld')
      return unknown('plain HTTP could not be tried');
    const { status } = exchange;
    if (status === undefined || status >= 400)
      return { status: 'pass', why: `${meta.title}: plain HTTP is not served`, hits: [] };
    const message = 'plain HTTP is answered at the port of TLS';
    return {
      status: 'fail',
      why: message,
      hits: [{ message, place: { exchange: exchange.label }, evidence: describeExchange(exchange) }],
    };
  },
  failsAlone: true,
});
