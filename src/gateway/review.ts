import { isObject, type JsonObject } from '../protocol/json.ts';
import { reveal } from '../text/neutralise.ts';
import { diffSchema, isSameJson, type SchemaChange } from './diff-schema.ts';
import { diffWords, onOneLine } from './diff-words.ts';
import { ITEM_KINDS, ITEMS, type ItemKind } from './items.ts';
import type { LastApproved, PinnedUpstream, SeenItem } from './lock.ts';
import { lastOf } from './registry.ts';

/** What kind of change it is. */
export type ChangeKind =
  | 'new'
  | 'removed'
  | 'renamed'
  | 'title'
  | 'description'
  | 'text' // of a schema
  | 'finding'
  | 'wider'
  | 'narrower'
  | 'schema' // neither, or nobody can tell
  | 'default'
  | 'output'
  | 'annotation'
  | 'icons'
  | 'instructions'
  | 'server'
  | 'version'
  | 'package'
  | 'integrity';

/** How bad a change can be for those who rely on what was approved. */
export type ChangeSeverity = 'high' | 'medium' | 'low';

/** One difference between what was approved and what is there. */
export interface Change {
  readonly upstream: string;
  /** Name of what it is about, as its upstream knows it; absent when it is about the upstream itself. */
  readonly name?: string;
  /** Absent with the name. */
  readonly item?: 'tool' | 'resource' | 'template' | 'prompt';
  readonly kind: ChangeKind;
  readonly severity: ChangeSeverity;
  /** JSON pointer within the definition of the tool. */
  readonly path: string;
  /** In words, hidden characters shown. */
  readonly what: string;
  /** JSON texts; absent on the side where there is nothing. */
  readonly before?: string;
  readonly after?: string;
}

type Seen = Pick<SeenItem, 'definition' | 'findings'>;
type Found = Omit<Change, 'upstream' | 'item'>;

/**
 * How an upstream differs from what was approved of it: nothing when it does not.
 * @param known As the lock has it.
 * @param now As it was seen.
 */
export function reviewUpstream(id: string, known: PinnedUpstream | undefined, now: PinnedUpstream): readonly Change[] {
  const last = known === undefined ? undefined : lastOf(known);
  const self = last === undefined ? [] : compareSelf(last, now);
  const found = ITEM_KINDS.flatMap((kind) => {
    const before = new Map<string, Seen>(Object.entries(last?.items[kind] ?? {}));
    const after = new Map<string, Seen>(Object.entries(now[kind] ?? {}));
    return reviewItems(kind, before, after).map((each) => ({ ...each, item: ONE[kind] }));
  });
  return [...self, ...found].map((each) => ({ upstream: id, ...each }));
}

const ONE = { tools: 'tool', resources: 'resource', resourceTemplates: 'template', prompts: 'prompt' } as const;

function reviewItems(
  kind: ItemKind,
  before: ReadonlyMap<string, Seen>,
  after: ReadonlyMap<string, Seen>,
): readonly Found[] {
  const added = [...after.keys()].filter((name) => !before.has(name));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const renamed = findRenamed(gone, added, before, after);
  const old = new Map([...renamed].map(([from, to]) => [to, from]));
  const path = `/${ITEMS[kind].id}`;
  const found: Found[] = [];
  for (const [name, seen] of after) {
    const from = old.get(name) ?? name;
    const base = before.get(from);
    if (from !== name) found.push({ name, kind: 'renamed', severity: 'high', path, what: `it was ${onOneLine(from)}` });
    if (base === undefined) found.push(...newItem(name, seen));
    else found.push(...compareItem(name, base, seen, ITEMS[kind].id));
  }
  for (const name of gone)
    if (!renamed.has(name)) found.push({ name, kind: 'removed', severity: 'low', path: '', what: 'it is gone' });
  return found;
}

function newItem(name: string, { findings, definition }: Seen): readonly Found[] {
  const what = onOneLine(textOf(definition['description'] ?? 'no description')).slice(0, 200);
  return [{ name, kind: 'new', severity: 'medium', path: '', what }, ...findings.map((each) => findingOf(name, each))];
}

function findingOf(name: string, finding: string): Found {
  return {
    name,
    kind: 'finding',
    severity: finding.startsWith('high ') ? 'high' : 'medium',
    path: '',
    what: onOneLine(finding),
  };
}

function compareSelf(last: LastApproved, now: PinnedUpstream): readonly Found[] {
  const found: Found[] = [];
  const add = (kind: ChangeKind, severity: ChangeSeverity, path: string, old: unknown, next: unknown): void => {
    if (!isSameJson(old, next)) found.push({ kind, severity, path, what: wordsOf(old, next), ...sides(old, next) });
  };
  add('package', 'medium', '', last.source, now.source);
  // The same name and version with other bytes is what a supply chain attack looks like.
  if (last.source === now.source) add('integrity', 'high', '', last.integrity, now.integrity);
  else add('integrity', 'low', '', last.integrity, now.integrity);
  add('instructions', 'medium', '/instructions', last.instructions, now.instructions);
  add('server', 'medium', '/era', last.era, now.era);
  add('server', 'medium', '/capabilities', last.capabilities, now.capabilities);
  for (const key of new Set([...Object.keys(last.server), ...Object.keys(now.server)])) {
    if (key === 'version') add('version', 'low', '/version', last.server[key], now.server[key]);
    else add('server', 'medium', `/${key}`, last.server[key], now.server[key]);
  }
  return found;
}

/** INVARIANT: definitions that are not the same bytes have at least one change. */
function compareItem(name: string, old: Seen, now: Seen, id: string): readonly Found[] {
  const found: Found[] = [];
  const keys = new Set([...Object.keys(old.definition), ...Object.keys(now.definition)]);
  for (const key of keys) {
    if (key === id) continue;
    const [before, after] = [old.definition[key], now.definition[key]];
    if (isSameJson(before, after)) continue;
    if (key === 'inputSchema' || key === 'outputSchema') {
      const isOutput = key === 'outputSchema';
      for (const change of diffSchema(before, after)) found.push(schemaChange(name, key, isOutput, change));
    } else if (key === 'annotations') found.push(...annotationChanges(name, before, after));
    else {
      const kind = key === 'title' || key === 'icons' ? key : 'description';
      found.push({
        name,
        kind,
        severity: 'medium',
        path: `/${key}`,
        what: wordsOf(before, after),
        ...sides(before, after),
      });
    }
  }
  const fresh = now.findings.filter((finding) => !old.findings.includes(finding));
  return [...found, ...fresh.map((finding) => findingOf(name, finding))];
}

function schemaChange(
  name: string,
  key: string,
  isOutput: boolean,
  { path, effect, what, before, after }: SchemaChange,
): Found {
  const shared = { name, path: `/${key}${path}`, ...sides(before, after) };
  if (effect === 'text')
    return { ...shared, kind: 'text', severity: 'medium', what: `${what}: ${wordsOf(before, after)}` };
  if (effect === 'default') return { ...shared, kind: 'default', severity: 'medium', what: wordsOf(before, after) };
  if (isOutput)
    return { ...shared, kind: 'output', severity: effect === 'narrower' ? 'low' : 'medium', what: reveal(what) };
  if (effect === 'other') return { ...shared, kind: 'schema', severity: 'medium', what: reveal(what) };
  // A model that can say more can give away more.
  return { ...shared, kind: effect, severity: effect === 'wider' ? 'medium' : 'low', what: reveal(what) };
}

/** Hints that promise harmlessness, by the value that does (MCP 2026-07-28 server/tools). */
const HARMLESS: ReadonlyMap<string, boolean> = new Map([
  ['readOnlyHint', true],
  ['destructiveHint', false],
  ['idempotentHint', true],
  ['openWorldHint', false],
]);

function annotationChanges(name: string, before: unknown, after: unknown): readonly Found[] {
  const [old, now]: readonly JsonObject[] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  return [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].flatMap((key): readonly Found[] => {
    const [left, right] = [old?.[key], now?.[key]];
    if (isSameJson(left, right)) return [];
    const harmless = HARMLESS.get(key);
    const isWorse = harmless === undefined || left === harmless;
    const isGrave = isWorse && (key === 'readOnlyHint' || key === 'destructiveHint');
    const severity = isGrave ? 'high' : isWorse ? 'medium' : 'low';
    const what = harmless === undefined ? wordsOf(left, right) : `${key}: ${shown(left)} became ${shown(right)}`;
    return [{ name, kind: 'annotation', severity, path: `/annotations/${key}`, what, ...sides(left, right) }];
  });
}

/**
 * Pairs what is gone with what is new: the same description or the same schema, with most of the other. Otherwise a rename
 * would look like a tool that went and another that came.
 */
function findRenamed(
  gone: readonly string[],
  added: readonly string[],
  before: ReadonlyMap<string, Seen>,
  after: ReadonlyMap<string, Seen>,
): ReadonlyMap<string, string> {
  const pairs = gone.flatMap((from) =>
    added.map((to) => ({ from, to, score: likeness(before.get(from)?.definition, after.get(to)?.definition) })),
  );
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  for (const { from, to, score } of pairs.toSorted((a, b) => b.score - a.score)) {
    if (score < 2 || renamed.has(from) || taken.has(to)) continue;
    renamed.set(from, to);
    taken.add(to);
  }
  return renamed;
}

/** From 0 to 4: two for the same, one for much the same, of the description and of the schema. */
function likeness(one: JsonObject | undefined, other: JsonObject | undefined): number {
  if (one === undefined || other === undefined) return 0;
  const texts = [one['description'], other['description']].map((text) => (typeof text === 'string' ? text : ''));
  const overlap = shareOf(wordSet(texts[0] ?? ''), wordSet(texts[1] ?? ''));
  const names = [propertiesOf(one), propertiesOf(other)] as const;
  const hasSame = isSameJson(one['inputSchema'], other['inputSchema']);
  const text = texts[0] !== '' && texts[0] === texts[1] ? 2 : overlap >= 0.6 ? 1 : 0;
  // Many tools take nothing, or the one same argument.
  const schema = hasSame ? (names[0].size >= 2 ? 2 : 1) : shareOf(...names) >= 0.6 ? 1 : 0;
  return text + schema;
}

function propertiesOf({ inputSchema }: JsonObject): ReadonlySet<string> {
  const properties = isObject(inputSchema) ? inputSchema['properties'] : undefined;
  return new Set(isObject(properties) ? Object.keys(properties) : []);
}

function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []);
}

function shareOf(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  return [...one].filter((each) => other.has(each)).length / Math.max(one.size, other.size);
}

function sides(before: unknown, after: unknown): Pick<Change, 'before' | 'after'> {
  return {
    ...(before === undefined ? {} : { before: JSON.stringify(before) }),
    ...(after === undefined ? {} : { after: JSON.stringify(after) }),
  };
}

function wordsOf(before: unknown, after: unknown): string {
  return diffWords(textOf(before), textOf(after));
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : reveal(JSON.stringify(value)).slice(0, 80);
}
