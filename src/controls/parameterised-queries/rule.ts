import { judge, refused, resultOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

/** Texts that would be SQL, were they put between the quotes of a query. */
const SEARCHES: ReadonlyMap<string, string> = new Map([
  ['a condition that is always true', "x' or 1=1 --"],
  ['a condition without a comment', "x' or 'a'='a"],
  ['rows of another select', "x' union select body from notes where owner = 'someone-else' --"],
]);
const CHANGE = 'a change with a condition of its own';

/** Searches and changes with such texts: nobody else's rows may come back, nor be changed. */
export const rule: Rule = {
  id: 'parameterised-queries',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [
      { label: 'a search', reply: await search(connection, 'groceries') },
      { label: 'a change', reply: await change(connection, 'a plain title') },
    ];
    for (const [label, phrase] of SEARCHES) seen.push({ label, reply: await search(connection, phrase) });
    seen.push({ label: CHANGE, reply: await change(connection, "taken' where 1=1 --") });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: {
        'a search': ({ reply }) => field(reply, 'bodies')?.includes('groceries') === true,
        'a change': ({ reply }) => field(reply, 'changed') === '1',
      },
      attacks: {
        ...Object.fromEntries([...SEARCHES.keys()].map((label) => [label, (seen: Observation) => isKept(seen)])),
        [CHANGE]: (seen) => refused(seen) || field(seen.reply, 'changed') === '1',
      },
    });
  },
};

const search = (connection: Connection, phrase: string): Promise<Reply> =>
  connection.request('tools/call', { name: 'search_notes', arguments: { phrase } });
const change = (connection: Connection, title: string): Promise<Reply> =>
  connection.request('tools/call', { name: 'name_notes', arguments: { title } });

/** Data or a clean refusal, and nothing that is somebody else's. */
function isKept(observation: Observation): boolean {
  if (observation.reply?.text.includes('private to someone else') === true) return false;
  return refused(observation) || field(observation.reply, 'bodies') !== undefined;
}

function field(reply: Reply | undefined, name: string): string | undefined {
  const content = resultOf(reply)?.['structuredContent'];
  return isObject(content) && Object.hasOwn(content, name) ? JSON.stringify(content[name]) : undefined;
}
