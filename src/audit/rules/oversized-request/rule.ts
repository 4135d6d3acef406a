import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { attackOf, inEra, judgeEach, liveRule, unknown, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const [DEPTH, KEYS, LARGE_BYTES, HUGE_BYTES, HEADERS] = [10_000, 50_000, 900_000, 8 * 1024 * 1024, 400];
const LARGE = `a body of ${LARGE_BYTES / 1_000} kB`;
const HUGE = 'a body of 8 MiB';
/** Stands in the message where the padding goes. */
const PLACE = 'portcullis-audit-pad';

const EXPECTED: ReadonlyMap<string, Expected> = new Map<string, Expected>([
  [
    `a body nested ${DEPTH} levels deep`,
    { holds: isStopped, message: `a message that is nested ${DEPTH} levels deep is served` },
  ],
  [`a body of ${KEYS} keys`, { holds: isStopped, message: `a message of ${KEYS} keys is served`, severity: 'low' }],
  [`${HEADERS} headers`, { holds: isStopped, message: `a request with ${HEADERS} headers is served`, severity: 'low' }],
  [HUGE, { holds: isStopped, message: `${HUGE} is served` }],
]);

const meta: RuleMeta = {
  id: 'oversized-request',
  title: 'Requests that are too large are refused',
  failure: 'Requests without bound are served',
  severity: 'medium',
  confidence: 'high',
  controls: ['VAL-03'],
  method: 'probe',
  remedy:
    'Count the bytes of a body while it is read and stop at its limit (1 MiB is plenty for most servers), and bound depth, keys and headers before anything walks through the message.',
  references: ['OWASP API Security Top 10 API4:2023', 'CWE-400', 'CWE-674'],
};

interface Facts {
  /** Whether a body was tried that no limit should let through. */
  readonly hasHuge: boolean;
}

/** Sends a right request with a member too many of `_meta`, which every server has to ignore. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const [era] = subject.eras;
    if (subject.http === undefined || era === undefined) return undefined;
    const connection = await subject.as('user', era);
    const { method } = subject.home;
    const exchanges: Exchange[] = [];
    const send = async (
      label: string,
      pad: string,
      moreHeaders: readonly (readonly [string, string])[] = [],
    ): Promise<void> => {
      const rewrite = (body: string): string => body.replace(`"${PLACE}"`, () => pad);
      const options = { meta: { 'com.example/pad': PLACE }, rewrite, moreHeaders, isAlone: true };
      exchanges.push((await connection.ask(inEra(label, era), method, {}, options)).exchange);
    };
    await send(`a body nested ${DEPTH} levels deep`, '['.repeat(DEPTH) + ']'.repeat(DEPTH));
    await send(
      `a body of ${KEYS} keys`,
      JSON.stringify(Object.fromEntries(Array.from({ length: KEYS }, (_, key) => [key, 0]))),
    );
    await send(LARGE, JSON.stringify('x'.repeat(LARGE_BYTES)));
    await send(
      `${HEADERS} headers`,
      '0',
      Array.from({ length: HEADERS }, (_, index) => [`X-Pad-${index}`, '1'] as const),
    );
    if (subject.isIntrusive) await send(HUGE, JSON.stringify('x'.repeat(HUGE_BYTES)));
    return { exchanges, facts: { hasHuge: subject.isIntrusive } };
  },
  judge({ exchanges, facts: { hasHuge } }) {
    const judged = judgeEach(meta, exchanges, EXPECTED);
    if (judged.status !== 'pass' || hasHuge) return judged;
    const large = exchanges.find(({ label }) => attackOf(label) === LARGE);
    if (large !== undefined && isStopped(large) === true) return judged;
    return unknown(`${LARGE} is served; whether a larger one is, only --intrusive tries`);
  },
});

/** A body that is cut off while it is sent may leave nothing to read but a closed connection. */
function isStopped(exchange: Exchange): boolean | undefined {
  if (exchange.ending === 'closed') return true;
  const outcome = outcomeOf(exchange);
  return outcome === 'unclear' ? undefined : outcome === 'refused';
}
