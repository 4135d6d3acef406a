import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Method, member of the result, and the member by which its items are told apart. */
const LISTS = [
  ['tools/list', 'tools', 'name'],
  ['resources/list', 'resources', 'uri'],
  ['prompts/list', 'prompts', 'name'],
] as const;
const RESTRICTED: ReadonlySet<unknown> = new Set(['purge', 'notes://basket', 'tidy']);
const FEW = 'lists for a caller with few scopes';
const AGAIN = 'the same lists on a connection with another past';
const NOBODY = 'lists for a caller without a token';
const CACHE = 'the cache scope of filtered lists';

/** Lists everything as three callers; what `basket` scopes guard must be shown to no one who lacks them. */
export const rule: Rule = {
  id: 'filtered-discovery',
  async gather(target: Target): Promise<readonly Observation[]> {
    if (target.mint === undefined) return [];
    const all = await target.connect();
    const token = await target.mint({ sub: 'alice', scope: 'text:read' });
    const few = await target.connect({ token });
    const fewer = await list(few);
    const second = await target.connect({ token });
    await second.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });
    await second.request('tools/call', { name: 'purge', arguments: {} });
    const nobody = await target.connect({ token: null });
    const seen: Observation[] = [
      { label: 'a list', reply: await few.request('tools/list') },
      { label: 'lists for a caller with every scope', fact: (await list(all)).names },
      { label: FEW, fact: fewer.names },
      { label: AGAIN, fact: { first: fewer.names, second: (await list(second)).names } },
      { label: NOBODY, reply: await nobody.request('tools/list') },
      ...(target.era === 'modern' ? [{ label: CACHE, fact: fewer.scopes }] : []),
    ];
    for (const connection of [all, few, second, nobody]) await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isModern = observations.some(({ label }) => label === CACHE);
    return judge(observations, {
      baseline: {
        'a list': served,
        'lists for a caller with every scope': ({ fact }) => [...RESTRICTED].every((name) => includes(fact, name)),
      },
      attacks: {
        [FEW]: ({ fact }) => includes(fact, 'echo') && ![...RESTRICTED].some((name) => includes(fact, name)),
        [AGAIN]: ({ fact }) => isSame(fact),
        [NOBODY]: (observation) => !served(observation) && observation.reply?.status === 401,
        ...(isModern ? { [CACHE]: ({ fact }: Observation) => isPrivate(fact) } : {}),
      },
    });
  },
};

async function list(
  connection: Connection,
): Promise<{ readonly names: readonly unknown[]; readonly scopes: readonly unknown[] }> {
  const names: unknown[] = [];
  const scopes: unknown[] = [];
  for (const [method, member, key] of LISTS) {
    const result = resultOf(await connection.request(method));
    const items: unknown = result?.[member];
    scopes.push(result?.['cacheScope']);
    if (Array.isArray(items)) names.push(...items.map((item: Readonly<Record<string, unknown>>) => item[key]));
  }
  return { names, scopes };
}

function includes(names: unknown, name: unknown): boolean {
  return Array.isArray(names) && names.includes(name);
}

function isSame(fact: unknown): boolean {
  if (typeof fact !== 'object' || fact === null || !('first' in fact) || !('second' in fact)) return false;
  return JSON.stringify(fact.first) === JSON.stringify(fact.second);
}

function isPrivate(scopes: unknown): boolean {
  return Array.isArray(scopes) && scopes.every((scope) => scope === 'private');
}
