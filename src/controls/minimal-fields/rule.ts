import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

/** A request, where its items are in the result, and the members that the specification gives them. */
interface Look {
  readonly label: string;
  readonly method: string;
  readonly params: JsonObject;
  readonly items: string;
  readonly allowed: readonly string[];
}

const LOOKS: readonly Look[] = [
  {
    label: 'tool definitions',
    method: 'tools/list',
    params: {},
    items: 'tools',
    allowed: [
      'name',
      'title',
      'description',
      'icons',
      'inputSchema',
      'outputSchema',
      'annotations',
      'execution',
      '_meta',
    ],
  },
  {
    label: 'resource definitions',
    method: 'resources/list',
    params: {},
    items: 'resources',
    allowed: ['uri', 'name', 'title', 'description', 'icons', 'mimeType', 'annotations', 'size', '_meta'],
  },
  {
    label: 'content blocks',
    method: 'tools/call',
    params: { name: 'read_note', arguments: {} },
    items: 'content',
    allowed: ['type', 'text', 'annotations', '_meta'],
  },
  {
    label: 'resource contents',
    method: 'resources/read',
    params: { uri: 'note://first' },
    items: 'contents',
    allowed: ['uri', 'mimeType', 'text', 'blob', '_meta'],
  },
];

/** Looks for members that the specification does not give to definitions, blocks and contents. */
export const rule: Rule = {
  id: 'minimal-fields',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [];
    for (const look of LOOKS) {
      const reply = await connection.request(look.method, look.params);
      seen.push({ label: `${look.label}, read`, reply }, { label: look.label, fact: foreignMembers(reply, look) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: Object.fromEntries(LOOKS.map(({ label }) => [`${label}, read`, served])),
      attacks: Object.fromEntries(
        LOOKS.map(({ label }) => [label, ({ fact }) => Array.isArray(fact) && fact.length === 0]),
      ),
    });
  },
};

/** Names of members that are not allowed; `undefined` where there was nothing to look at. */
function foreignMembers(reply: Reply, { items, allowed }: Look): readonly string[] | undefined {
  const found = resultOf(reply)?.[items];
  if (!Array.isArray(found) || found.length === 0) return undefined;
  return found.flatMap((item: unknown) =>
    isObject(item) ? Object.keys(item).filter((key) => !allowed.includes(key)) : ['no object'],
  );
}
