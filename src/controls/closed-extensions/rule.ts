import { judge, refused, served, textOf } from '../../audit/judge.ts';
import type { Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const PLAIN = 'a plain result';
const LISTED = 'a page of an app among the resources';
const READ = 'a page of an app that is read';
/** What is no result at all. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['a result of a type of its own', 'type'],
  ['a task instead of a result', 'task'],
]);
/** What is left out of a result. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['a page of an app in a result', 'app'],
  ['a link to a page of an app', 'link'],
]);

/** Calls a tool whose upstream answers with what only extensions know, and looks for the pages of its app. */
export const rule: Rule = {
  id: 'closed-extensions',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const act = (name: string): Promise<Reply> =>
      connection.request('tools/call', { name: 'act', arguments: { act: name } });
    const seen: Observation[] = [{ label: PLAIN, reply: await act('plain') }];
    for (const [label, name] of [...TYPES, ...PARTS]) seen.push({ label, reply: await act(name) });
    seen.push({ label: LISTED, reply: await connection.request('resources/list') });
    seen.push({ label: READ, reply: await connection.request('resources/read', { uri: 'ui://app/page' }) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const types = Object.fromEntries([...TYPES.keys()].map((label) => [label, isRefused] as const));
    const parts = Object.fromEntries([...PARTS.keys()].map((label) => [label, isStripped] as const));
    return judge(observations, {
      baseline: { [PLAIN]: served },
      attacks: { ...types, ...parts, [LISTED]: isNotListed, [READ]: isUnread },
    });
  },
};

function isRefused(observation: Observation): boolean {
  return refused(observation) && !hasPage(observation);
}

/** The rest of the result came through, and the page did not. */
function isStripped(observation: Observation): boolean {
  return served(observation) && textOf(observation.reply) === 'beside it' && !hasPage(observation);
}

/** A server without resources may refuse to list them. */
function isNotListed(observation: Observation): boolean {
  return (served(observation) || refused(observation)) && !hasPage(observation);
}

/** The refusal may name what was asked for. */
function isUnread(observation: Observation): boolean {
  return refused(observation) && observation.reply?.text.includes('smuggled') === false;
}

function hasPage({ reply }: Observation): boolean {
  const text = JSON.stringify(reply?.message ?? {});
  return text.includes('smuggled') || text.includes('"uri":"ui:');
}
