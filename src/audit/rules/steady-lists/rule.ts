import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../protocol/canonical.ts';
import type { JsonObject } from '../../../protocol/json.ts';
import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { LiveConnection } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { listIn, resultOf } from '../../probes/answers.ts';
import { nameOf } from '../../probes/tools.ts';

/** A list, as digests of its items by name, in its order. */
interface Listed {
  readonly label: string;
  readonly items: readonly (readonly [name: string, digest: string])[];
}

interface Facts {
  readonly lists: readonly Listed[];
}

const MOST_PAGES = 10;
const MOST_ITEMS = 500;

const meta: RuleMeta = {
  id: 'steady-lists',
  title: 'The tools of a server stay what they were',
  failure: 'The tools of a server change from one list to the next',
  severity: 'high',
  confidence: 'medium',
  controls: ['TDS-02'],
  method: 'probe',
  remedy: 'Serve the same names, descriptions and schemas until a version is released, and say so by listChanged then.',
  references: ['OWASP MCP Top 10 MCP03', 'MCP 2026-07-28 server/tools'],
};

/** See `meta`. */
export const rule: LiveRule<Facts> = liveRule(meta, {
  async gather(subject) {
    const [era] = subject.eras;
    if (era === undefined || subject.surface.tools.length === 0) return undefined;
    const exchanges: Exchange[] = [];
    const lists: Listed[] = [];
    const add = async (label: string, connection: LiveConnection): Promise<void> => {
      const { all, items } = await listTools(label, connection);
      exchanges.push(...all);
      lists.push({ label, items: items.map((item) => [nameOf(item), digestOf(item)]) });
    };
    const shared = await subject.as('user', era);
    await add('a list', shared);
    for (const call of subject.harmless.slice(0, 3))
      await shared.ask('a call between', 'tools/call', { name: call.name, arguments: call.arguments });
    await add('a list after a few calls', shared);
    const other = await subject.open('user', era);
    await add('a list on another connection', other);
    await other.close();
    return { exchanges, facts: { lists } };
  },
  judge({ exchanges, facts: { lists } }) {
    if (exchanges.some((each) => outcomeOf(each) !== 'served')) return unknown('a list was not served');
    const [first, ...others] = lists;
    if (first === undefined || others.length === 0) return unknown('there was one list');
    const names = first.items.map(([name]) => name);
    const doubled = names.find((name, at) => names.indexOf(name) !== at);
    const hits = [
      ...(doubled === undefined
        ? []
        : [hitOf(`lists "${doubled}" twice, so that nobody knows which is called`, first)]),
      ...others.flatMap((list) => differences(first, list)),
    ];
    if (hits.length > 0) return { status: 'fail', why: meta.failure, hits };
    return { status: 'pass', why: `${meta.title}: ${lists.length} lists of ${names.length} tools`, hits };
  },
});

function differences(first: Listed, list: Listed): readonly Hit[] {
  const [before, now] = [new Map(first.items), new Map(list.items)];
  const changed = [...now].find(([name, digest]) => before.has(name) && before.get(name) !== digest);
  if (changed !== undefined) return [hitOf(`"${changed[0]}" says something else of itself in ${list.label}`, list)];
  const added = [...now.keys()].find((name) => !before.has(name));
  if (added !== undefined) return [hitOf(`"${added}" was not there before ${list.label}`, list)];
  const gone = [...before.keys()].find((name) => !now.has(name));
  return gone === undefined ? [] : [hitOf(`"${gone}" is gone in ${list.label}`, list)];
}

function hitOf(message: string, { label }: Listed): Hit {
  return { message, place: { exchange: label } };
}

function digestOf(item: JsonObject): string {
  return createHash('sha256').update(canonicalJson(item)).digest('base64url').slice(0, 22);
}

async function listTools(
  label: string,
  connection: LiveConnection,
): Promise<{ readonly all: readonly Exchange[]; readonly items: readonly JsonObject[] }> {
  const all: Exchange[] = [];
  const items: JsonObject[] = [];
  let cursor: unknown;
  for (let page = 0; page < MOST_PAGES && items.length < MOST_ITEMS; page += 1) {
    const seen = await connection.ask(label, 'tools/list', typeof cursor === 'string' ? { cursor } : {});
    all.push(seen.exchange);
    const result = resultOf(seen);
    items.push(...listIn(result, 'tools'));
    cursor = result?.['nextCursor'];
    if (typeof cursor !== 'string') break;
  }
  return { all, items: items.slice(0, MOST_ITEMS) };
}
