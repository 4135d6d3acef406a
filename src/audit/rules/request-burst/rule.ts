import type { JsonObject } from '../../../protocol/json.ts';
import { describeExchange, outcomeOf, type Exchange } from '../../live/exchange.ts';
import { unknown } from '../../live/live-rule.ts';
import type { LiveConnection, LiveSubject } from '../../live/subject.ts';
import type { AuditRule, Hit, Judgement, RuleMeta } from '../../model.ts';
import { shown } from '../../probes/tools.ts';

const [MOST_SENT, AT_ONCE, MOST_BROKEN] = [300, 30, 5];
/** An address that only documents have (RFC 5737). */
const FORGED = { 'x-forwarded-for': '192.0.2.77', forwarded: 'for=192.0.2.77', 'x-real-ip': '192.0.2.77' };

const meta: RuleMeta = {
  id: 'request-burst',
  title: 'A caller who asks too fast is refused',
  failure: 'A caller may ask as fast as it can',
  severity: 'low',
  confidence: 'medium',
  controls: ['RES-01'],
  method: 'probe',
  remedy:
    'Count the requests of each verified principal and of each tool, and answer those beyond the limit with 429 and Retry-After, or a tool error. Take the address of a caller from a header only where a proxy of yours has set it.',
  references: [
    'MCP 2026-07-28 server/tools, security considerations',
    'OWASP API Security Top 10 API4:2023',
    'RFC 6585 section 4',
  ],
};

/** One burst of one request. */
interface Burst {
  readonly what: string;
  readonly sent: number;
  readonly ms: number;
  /** The first refusal, and whether it is one for haste: 429, 503 with Retry-After, an error or a tool error. */
  readonly refusal?: { readonly said: string; readonly isOfHaste: boolean };
  /** Why it says nothing: the server did not answer, or the budget was used up. */
  readonly broken?: string;
}

interface Facts {
  readonly isIntrusive: boolean;
  readonly before: readonly Exchange[];
  readonly bursts: readonly Burst[];
  /** What was served to a caller who named another address, while it was refused otherwise. */
  readonly bypass?: string;
  readonly after: readonly Exchange[];
}

/** Sends what is cheap many times at once, until it is refused. It looks last, for a limit would bear on all others. */
export const rule: AuditRule<LiveSubject, Facts> = {
  kind: 'live',
  meta,
  isLast: true,
  async gather(subject) {
    const [era] = subject.eras;
    if (subject.http === undefined || era === undefined) return undefined;
    const { isIntrusive, home, harmless } = subject;
    if (!isIntrusive) return { isIntrusive, before: [], bursts: [], after: [] };
    const user = await subject.as('user', era);
    const at = async (label: string, isOnce: boolean): Promise<Exchange> =>
      (await user.ask(label, home.method, home.params, { isOnce })).exchange;
    const before = [await at('a right request before', false)];
    const bursts = [await burst(user, home.method, home.method, home.params)];
    let asked: readonly [string, JsonObject] = [home.method, home.params];
    const [call] = harmless;
    if (call !== undefined && bursts.every(({ refusal, broken }) => refusal === undefined && broken === undefined)) {
      asked = ['tools/call', { name: call.name, arguments: call.arguments }];
      bursts.push(await burst(user, `the call ${shown(call.name)}`, ...asked));
    }
    const isLimited = bursts.some(({ refusal }) => refusal?.isOfHaste === true);
    const bypass = isLimited ? await tryForged(user, ...asked) : undefined;
    const after = [await at('a right request after', true)];
    return { isIntrusive, before, bursts, after, ...(bypass === undefined ? {} : { bypass }) };
  },
  judge(facts): Judgement {
    const { isIntrusive, before, bursts, bypass, after } = facts;
    if (!isIntrusive) return unknown('many requests at once are sent only with --intrusive');
    if (!before.every((each) => outcomeOf(each) === 'served')) return unknown('a right request is not served');
    const limited = bursts.find(({ refusal }) => refusal !== undefined);
    const broken = bursts.find((each) => each.broken !== undefined);
    if (limited === undefined && broken !== undefined) return unknown(`${broken.what}: ${broken.broken ?? ''}`);
    const hits = [...hitsOf(bursts, limited), ...(bypass === undefined ? [] : [hitOfBypass(bypass)])];
    if (hits.length > 0) return { status: 'fail', why: hits[0]?.message ?? meta.failure, hits };
    const lost = after.find((each) => outcomeOf(each) !== 'served' && each.status !== 429);
    if (lost !== undefined) return unknown(`afterwards a right request is not served (${describeExchange(lost)})`);
    const { sent = 0, refusal } = limited ?? {};
    return { status: 'pass', why: `${meta.title}: after ${sent} requests (${refusal?.said ?? ''})`, hits };
  },
};

function hitsOf(bursts: readonly Burst[], limited: Burst | undefined): readonly Hit[] {
  const last = bursts.at(-1);
  if (last === undefined) return [];
  if (limited === undefined)
    return [
      {
        message: `no limit was met by ${MOST_SENT} requests at once`,
        place: { exchange: last.what },
        evidence: bursts.map(({ what, sent, ms }) => `${what}: ${sent} served in ${ms} ms`).join('; '),
      },
    ];
  const { refusal, what, sent } = limited;
  if (refusal === undefined || refusal.isOfHaste) return [];
  return [
    {
      message: 'a caller who asks too fast is refused as if for another reason',
      place: { exchange: what },
      evidence: `after ${sent} requests: ${refusal.said}`,
    },
  ];
}

function hitOfBypass(said: string): Hit {
  return {
    message: 'a caller who names another address in a header is not limited',
    place: { exchange: 'a forged X-Forwarded-For' },
    evidence: said,
    severity: 'medium',
  };
}

/** Sends one request as often as is allowed, and ends with the first refusal. */
async function burst(user: LiveConnection, what: string, method: string, params: JsonObject): Promise<Burst> {
  const start = performance.now();
  let [sent, failed] = [0, 0];
  let refusal: Burst['refusal'];
  let broken: string | undefined;
  const isOver = (): boolean => refusal !== undefined || broken !== undefined || sent >= MOST_SENT;
  const work = async (): Promise<void> => {
    while (!isOver()) {
      sent += 1;
      const { exchange } = await user.ask(what, method, params, { isAlone: true, isOnce: true });
      const outcome = outcomeOf(exchange);
      const isHaste = exchange.status === 429 || (exchange.status === 503 && 'retry-after' in exchange.headers);
      if (isHaste || outcome === 'refused')
        refusal ??= { said: describeExchange(exchange), isOfHaste: isHaste || exchange.status === 200 };
      else if (outcome === 'unclear') failed += 1;
      if (exchange.ending === 'withheld') broken ??= 'the budget of the run was used up before: give more by --timeout';
      else if (failed >= MOST_BROKEN) broken ??= `it stopped to answer (${describeExchange(exchange)})`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const ms = Math.round(performance.now() - start);
  return { what, sent, ms, ...(refusal === undefined ? {} : { refusal }), ...(broken === undefined ? {} : { broken }) };
}

/**
 * Whether the limit is another one for whoever names another address: what is forged is served each time, and nothing else. The order
 * is one that no limit keeps to that lets one through now and then.
 */
async function tryForged(user: LiveConnection, method: string, params: JsonObject): Promise<string | undefined> {
  let said: string | undefined;
  for (const isForged of [false, true, true, false, false, true, false, true, true, true, false]) {
    const headers = isForged ? FORGED : {};
    const label = isForged ? 'with a forged address' : 'with its own address';
    const { exchange } = await user.ask(label, method, params, { headers, isAlone: true, isOnce: true });
    if ((outcomeOf(exchange) === 'served') !== isForged) return undefined;
    if (isForged) said = describeExchange(exchange);
  }
  return said;
}
