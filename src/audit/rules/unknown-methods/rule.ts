import type { Exchange } from '../../live/exchange.ts';
import { inEra, isRefused, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const METHODS: ReadonlyMap<string, string> = new Map([
  ['a method that does not exist', 'audit/nothing'],
  ['a method in other letters', 'TOOLS/LIST'],
  ['a method with a space behind it', 'tools/list '],
  ['a member of every object', 'constructor'],
]);
/** Not found, or already no message or no name of a method. */
const CODES: ReadonlySet<number | undefined> = new Set([-32_601, -32_600, -32_602]);

const meta: RuleMeta = {
  id: 'unknown-methods',
  title: 'Methods that do not exist are refused as such',
  failure: 'Methods that do not exist are not refused as they must be',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-05'],
  method: 'probe',
  remedy: 'Look methods up by their exact name in a table of your own, and answer all others with -32601.',
  references: ['JSON-RPC 2.0 section 5.1'],
};

/** See `meta`. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    const exchanges: Exchange[] = [];
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      for (const [attack, method] of METHODS)
        exchanges.push((await connection.ask(inEra(attack, era), method)).exchange);
    }
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const expected = [...METHODS.keys()].map((attack): readonly [string, Expected] => [
      attack,
      { holds: isRefused, message: `serves ${attack}` },
    ]);
    const judged = judgeEach(meta, exchanges, new Map(expected));
    if (judged.status !== 'pass') return judged;
    const others = [...METHODS.keys()].map((attack): readonly [string, Expected] => [
      attack,
      {
        holds: hasCode,
        message: 'refuses a method that does not exist with a code that is of something else',
        severity: 'low',
      },
    ]);
    return judgeEach(meta, exchanges, new Map(others));
  },
});

/** Over HTTP the status alone may say it. */
function hasCode({ answer, status }: Exchange): boolean {
  return answer?.kind === 'error' ? CODES.has(answer.code) : status !== undefined;
}
