import { judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const MARKER = 'marker-of-alice';

/** Alice leaves a marker wherever `remember` can; then Bob's call, and on a pipe the next call, looks for it. */
export const rule: Rule = {
  id: 'shared-state',
  async gather(target: Target): Promise<readonly Observation[]> {
    const remember = (connection: Connection, note: string) =>
      connection.request('tools/call', { name: 'remember', arguments: { note } });
    const alice = await target.connect();
    const left = await remember(alice, MARKER);
    const bob =
      target.mint === undefined
        ? alice
        : await target.connect({ token: await target.mint({ sub: 'bob', scope: 'text:read' }) });
    const found = await remember(bob, 'marker-of-bob');
    await alice.close();
    if (bob !== alice) await bob.close();
    return [
      { label: 'a marker left', reply: left },
      { label: 'the next call', reply: found },
      { label: 'the marker in it', fact: found.text.includes(MARKER) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a marker left': served, 'the next call': served },
      attacks: { 'the marker in it': ({ fact }) => fact === false },
    });
  },
};
