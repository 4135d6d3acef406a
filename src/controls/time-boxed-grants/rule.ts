import { setTimeout as pause } from 'node:timers/promises';
import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const GOOD = 'a grant that somebody approved, before its end';
const LATE = 'the same grant after its end';
const STRANGER = 'the grant of somebody else';
/** Milliseconds after which the good grant of the target must have ended. */
const LAPSED_MS = 3_200;
const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['a grant that has ended', 'open_expired'],
  ['a grant without an end', 'open_endless'],
  ['a grant that nobody has decided on', 'open_pending'],
  ['a grant that its subject approved', 'open_own'],
  ['a grant without an approver', 'open_unapproved'],
  ['a grant that was revoked', 'open_revoked'],
]);

/** Calls tools whose scopes the token lacks and grants hold, of which one is good. */
export const rule: Rule = {
  id: 'time-boxed-grants',
  async gather(target: Target): Promise<readonly Observation[]> {
    if (target.mint === undefined) return [];
    const scope = 'text:read';
    const alice = await target.connect({ token: await target.mint({ sub: 'alice', scope }) });
    const call = async (label: string, name: string, connection = alice): Promise<Observation> => ({
      label,
      reply: await connection.request('tools/call', { name, arguments: {} }),
    });
    const seen = [await call(GOOD, 'open_good')];
    const lapse = seen.every(served) ? pause(LAPSED_MS) : undefined;
    for (const [label, name] of ATTACKS) seen.push(await call(label, name));
    const bob = await target.connect({ token: await target.mint({ sub: 'bob', scope }) });
    seen.push(await call(STRANGER, 'open_good', bob));
    await bob.close();
    await lapse;
    seen.push(await call(LATE, 'open_good'));
    await alice.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = [...ATTACKS.keys(), STRANGER, LATE];
    const attacks = Object.fromEntries(labels.map((label) => [label, refused]));
    return judge(observations, { baseline: { [GOOD]: served }, attacks });
  },
};
