import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { describeExchange, type Exchange } from '../../live/exchange.ts';
import type { HttpSide } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const MARK = 'portcullis-audit-echo';
const TRACE = 'a TRACE';
const STREAM = 'a stream without a token';
const END = 'the end of a session that never was';
/** A stream that is opened stays open; its status is all that is wanted. */
const PATIENCE_MS = 1_500;

const meta: RuleMeta = {
  id: 'http-methods',
  title: 'No method beside POST gives anything away',
  failure: 'A method beside POST is answered that should not be',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-07', 'IDN-01'],
  method: 'probe',
  remedy:
    'Answer 405 to every method that the revision does not define. Where legacy streams are served by GET, ask for the token there as well; never answer TRACE.',
  references: ['MCP 2026-07-28 basic/transports/streamable-http', 'RFC 9110 section 9.3.8'],
};

interface Facts {
  readonly isTokenAsked: boolean;
  readonly echoes: boolean;
}

/** Opens a stream without a token where one is asked for, ends a session that never was, and looks for an echo. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined) return undefined;
    const send = (label: string, method: string, headers: readonly (readonly [string, string])[]) =>
      sendTo(http, label, method, headers);
    const trace = await send(TRACE, 'TRACE', [['X-Probe', MARK]]);
    const stream = await send(STREAM, 'GET', [['Accept', 'text/event-stream']]);
    const end = await send(END, 'DELETE', [['Mcp-Session-Id', MARK]]);
    const facts = { isTokenAsked: subject.has('user'), echoes: trace.text.includes(MARK) };
    return { exchanges: [trace, stream, end].map(({ exchange }) => exchange), facts };
  },
  judge({ exchanges, facts }) {
    const silent = exchanges.find(({ status, ending }) => status === undefined && ending !== 'closed');
    if (silent !== undefined) return unknown(`${silent.label}: ${describeExchange(silent)}`);
    const hits = exchanges.flatMap((exchange) => hitsOf(exchange, facts));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    return { status: 'pass', why: `${meta.title}: ${exchanges.length} tried`, hits };
  },
});

function sendTo(http: HttpSide, label: string, method: string, headers: readonly (readonly [string, string])[]) {
  const { url } = http;
  const own = [['Host', url.host], ...headers] as const;
  return http.send({
    label,
    method,
    path: `${url.pathname}${url.search}`,
    headers: own,
    isAlone: true,
    patienceMs: PATIENCE_MS,
  });
}

function hitsOf(exchange: Exchange, { isTokenAsked, echoes }: Facts): readonly Hit[] {
  const { label, status = 0, headers } = exchange;
  const isGiven = status >= 200 && status < 300;
  const place = { exchange: label };
  const evidence = describeExchange(exchange);
  if (label === TRACE && isGiven && echoes)
    return [{ message: 'TRACE gives the headers of a request back, and with them its token', place, evidence }];
  if (!isTokenAsked || !isGiven) return [];
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  if (label === STREAM && isStream)
    return [{ message: 'a stream of the server is opened without a token', place, evidence, severity: 'high' }];
  if (label === END) return [{ message: 'a session is ended without a token', place, evidence }];
  return [];
}
