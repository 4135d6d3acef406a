import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const AGAIN = 'the same caller again';
const OTHER = 'what another caller reads';
const NEW_TOKEN = 'what the same person reads with another token';
const EXPIRED = 'what may not be kept, read again';
const SCOPE = 'the scope of what is private';
const UPSTREAM_SCOPE = 'the scope of what an upstream calls public';
const NEGATIVE = 'a time to live below zero';

/** Alice reads what may be kept, then Bob does; an upstream and an author say of private things that anyone may keep them. */
export const rule: Rule = {
  id: 'cache-isolation',
  async gather(target: Target): Promise<readonly Observation[]> {
    if (target.mint === undefined) return [];
    const as = async (sub: string, jti: string): Promise<Connection> =>
      target.connect({ token: (await target.mint?.({ sub, scope: 'text:read', jti })) ?? null });
    const [alice, bob, later] = [await as('alice', '1'), await as('bob', '2'), await as('alice', '3')];
    const diary = await read(alice, 'shelf://diary');
    const again = await read(alice, 'shelf://diary');
    const others = await read(bob, 'shelf://diary');
    const renewed = await read(later, 'shelf://diary');
    const clock = await read(alice, 'shelf://clock');
    const after = await read(alice, 'shelf://clock');
    const own = await read(alice, 'own://salary');
    for (const connection of [alice, bob, later]) await connection.close();
    const seen: readonly Observation[] = [
      { label: AGAIN, reply: again, fact: textIn(again) !== '' && textIn(again) === textIn(diary) },
      { label: OTHER, reply: others, fact: textIn(others) !== textIn(diary) },
      { label: NEW_TOKEN, reply: renewed, fact: textIn(renewed) !== textIn(diary) },
      { label: EXPIRED, reply: after, fact: textIn(after) !== textIn(clock) },
    ];
    if (target.era === 'legacy') return seen;
    return [
      ...seen,
      { label: SCOPE, reply: own, fact: resultOf(own)?.['cacheScope'] === 'private' },
      { label: UPSTREAM_SCOPE, reply: others, fact: resultOf(others)?.['cacheScope'] === 'private' },
      { label: NEGATIVE, reply: clock, fact: resultOf(clock)?.['ttlMs'] === 0 },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    const isModern = observations.some(({ label }) => label === SCOPE);
    const hints = isModern ? { [SCOPE]: holds, [UPSTREAM_SCOPE]: holds, [NEGATIVE]: holds } : {};
    return judge(observations, {
      baseline: { [AGAIN]: holds },
      attacks: { [OTHER]: holds, [NEW_TOKEN]: holds, [EXPIRED]: holds, ...hints },
    });
  },
};

const read = (connection: Connection, uri: string): Promise<Reply> => connection.request('resources/read', { uri });
const holds = (seen: Observation): boolean => served(seen) && seen.fact === true;

function textIn(reply: Reply): string {
  const contents = resultOf(reply)?.['contents'];
  const [first]: readonly unknown[] = Array.isArray(contents) ? contents : [];
  return typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : '';
}
