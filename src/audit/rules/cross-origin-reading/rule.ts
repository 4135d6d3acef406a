import type { Exchange } from '../../live/exchange.ts';
import { describeExchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { isOpen } from '../../live/openness.ts';
import type { Hit, RuleMeta, Severity } from '../../model.ts';

const ORIGIN = 'https://attacker.invalid';

const meta: RuleMeta = {
  id: 'cross-origin-reading',
  title: 'Foreign web pages cannot read answers',
  failure: 'Foreign web pages may read answers',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-02'],
  method: 'probe',
  remedy:
    'Send Access-Control-Allow-Origin for the exact origins of your own pages and for no other: neither "*" nor whatever Origin the request names, and never with Access-Control-Allow-Credentials.',
  references: ['Fetch Standard, CORS protocol', 'OWASP MCP Top 10 MCP07'],
};

/** Asks as a foreign page would, first by a preflight; what counts is what the answers allow it. */
export const rule: LiveRule<{ readonly isOpen: boolean }> = liveRule(meta, {
  async gather(subject) {
    const { http } = subject;
    const [era] = subject.eras;
    if (http === undefined || era === undefined) return undefined;
    const preflight = await http.send({
      label: 'a preflight of a foreign page',
      method: 'OPTIONS',
      path: `${http.url.pathname}${http.url.search}`,
      headers: [
        ['Host', http.url.host],
        ['Origin', ORIGIN],
        ['Access-Control-Request-Method', 'POST'],
        ['Access-Control-Request-Headers', 'authorization, content-type'],
      ],
    });
    const connection = await subject.as('user', era);
    const { method, params } = subject.home;
    const request = await connection.ask('a request of a foreign page', method, params, {
      headers: { origin: ORIGIN },
    });
    return { exchanges: [preflight.exchange, request.exchange], facts: { isOpen: isOpen(subject) } };
  },
  judge({ exchanges, facts }) {
    const silent = exchanges.find(({ status }) => status === undefined);
    if (silent !== undefined) return unknown(`${silent.label}: ${describeExchange(silent)}`);
    const hits = exchanges.flatMap((exchange) => hitOf(exchange, facts.isOpen));
    const [worst] = hits;
    if (worst === undefined) return { status: 'pass', why: `${meta.title}: ${exchanges.length} tried`, hits };
    // The preflight and the request say the same; one is enough.
    return { status: 'fail', why: meta.failure, hits: [worst] };
  },
});

function hitOf(exchange: Exchange, open: boolean): readonly Hit[] {
  const allowed = exchange.headers['access-control-allow-origin'];
  if (allowed !== '*' && allowed !== ORIGIN) return [];
  const withCredentials = exchange.headers['access-control-allow-credentials'] === 'true' && allowed === ORIGIN;
  // Without credentials a page reads only what is served without a token, or with one that it has.
  const severity: Severity = withCredentials ? 'high' : open ? 'medium' : 'low';
  const whose = withCredentials
    ? 'every origin that asks, with cookies'
    : allowed === '*'
      ? 'any origin'
      : 'every origin that asks';
  return [
    {
      message: `answers may be read by pages of ${whose}`,
      place: { exchange: exchange.label },
      evidence: `Access-Control-Allow-Origin: ${allowed}${withCredentials ? ', Access-Control-Allow-Credentials: true' : ''}`,
      severity,
    },
  ];
}
