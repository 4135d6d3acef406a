import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

const MINUTE = 60;
const now = () => Math.floor(Date.now() / 1000);

const LONG: ReadonlyMap<string, () => JsonObject> = new Map<string, () => JsonObject>([
  ['a token for a day', () => ({ iat: now(), exp: now() + 24 * 60 * MINUTE })],
  ['a token for more than an hour', () => ({ iat: now(), exp: now() + 61 * MINUTE })],
  ['an old token of a year', () => ({ iat: now() - 30 * 24 * 60 * MINUTE, exp: now() + 335 * 24 * 60 * MINUTE })],
  ['a token that does not say since when', () => ({ iat: undefined, exp: now() + 5 * MINUTE })],
  ['a token dated ahead', () => ({ iat: now() + 23 * 60 * MINUTE, exp: now() + (23 * 60 + 5) * MINUTE })],
]);

/** Presents genuine tokens of the issuer that live too long; one that lives for five minutes must be served. */
export const rule: Rule = {
  id: 'token-lifetime',
  async gather(target: Target): Promise<readonly Observation[]> {
    const { mint } = target;
    if (mint === undefined) return [];
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a token for five minutes', reply: await connection.request('tools/list') }];
    for (const [label, dates] of LONG) {
      const token = await mint({ sub: 'alice', scope: 'text:read', ...dates() });
      seen.push({ label, reply: await connection.request('tools/list', {}, { token }) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a token for five minutes': served },
      attacks: Object.fromEntries([...LONG.keys()].map((label) => [label, isUnauthorized])),
    });
  },
};

function isUnauthorized(observation: Observation): boolean {
  return refused(observation) && observation.reply?.status === 401;
}
