import { judge, refused, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const BROKEN: ReadonlyMap<string, string> = new Map([
  ['a call while the policy throws', 'behind_policy'],
  ['a call while the store fails', 'behind_store'],
  ['a call while the audit log cannot be written', 'behind_record'],
]);
const UNKNOWN: ReadonlyMap<string, string> = new Map([
  ['a tool that is not there', 'nothing'],
  ['a tool in other case', 'Works'],
  ['the name of a member of every object', 'constructor'],
]);

/** Calls tools behind parts that fail; they must be refused without having run. */
export const rule: Rule = {
  id: 'deny-by-default',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a call while all works', reply: await call(connection, 'works') }];
    for (const [label, name] of BROKEN) {
      const before = await countRuns(connection, name);
      const reply = await call(connection, name);
      const after = await countRuns(connection, name);
      seen.push({ label, reply, fact: before === undefined || after === undefined ? undefined : after - before });
    }
    for (const [label, name] of UNKNOWN) seen.push({ label, reply: await call(connection, name) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a call while all works': served },
      attacks: {
        ...Object.fromEntries([...BROKEN.keys()].map((label) => [label, isDenied])),
        ...Object.fromEntries([...UNKNOWN.keys()].map((label) => [label, refused])),
      },
    });
  },
};

/** A failure may be told as one (5xx); what counts is that nothing was given and nothing has run. */
function isDenied(observation: Observation): boolean {
  return !served(observation) && observation.reply?.message !== undefined && observation.fact === 0;
}

function call(connection: Connection, name: string): Promise<Reply> {
  return connection.request('tools/call', { name, arguments: {} });
}

async function countRuns(connection: Connection, tool: string): Promise<number | undefined> {
  const reply = await connection.request('tools/call', { name: 'count_runs', arguments: { tool } });
  const content = resultOf(reply)?.['structuredContent'];
  return isObject(content) && typeof content['runs'] === 'number' ? content['runs'] : undefined;
}
