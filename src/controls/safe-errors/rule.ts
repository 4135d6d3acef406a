import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const FAILURES: ReadonlyMap<string, string> = new Map([
  ['a path in an error', 'path'],
  ['a query in an error', 'query'],
  ['a token in an error', 'token'],
  ['a thrown text', 'text'],
  ['an error with a cause', 'cause'],
]);
const RESOURCE = 'a resource that fails';
/** Words of the failures, and the lines of a stack. */
const INSIDE = /internal[-_:/. ](?!error)|\/srv\/|SELECT|Bearer|\bat .{0,200}:\d+:\d+/;

/** Has a tool and a resource fail, and looks for the inside of the server in the answers. */
export const rule: Rule = {
  id: 'safe-errors',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const call = (how: string) => connection.request('tools/call', { name: 'fail', arguments: { how } });
    const seen: Observation[] = [{ label: 'a call that succeeds', reply: await call('not') }];
    for (const [label, how] of FAILURES) seen.push({ label, reply: await call(how) });
    seen.push({ label: RESOURCE, reply: await connection.request('resources/read', { uri: 'note://broken' }) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...FAILURES.keys(), RESOURCE].map((label) => [label, isSafe]));
    return judge(observations, { baseline: { 'a call that succeeds': served }, attacks });
  },
};

function isSafe(observation: Observation): boolean {
  return refused(observation) && !INSIDE.test(observation.reply?.text ?? '');
}
