import { isObject, type JsonObject } from '../protocol/json.ts';
import { digestEntry, keyOf, type Manifest, type ManifestEntry } from './manifest.ts';

/** What kind of change it is; the first four are read by models. */
export type DriftClass =
  | 'added'
  | 'removed'
  | 'text'
  | 'schema'
  | 'annotation'
  | 'instructions'
  | 'effect'
  | 'scope'
  | 'need'
  | 'flow'
  | 'limit'
  | 'server'
  | 'code';

/** One difference between what was approved and what is there. */
export interface Drift {
  /** `tool "search"`, `server`, or `code`. */
  readonly where: string;
  readonly class: DriftClass;
  /** JSON pointer within the entry. */
  readonly path: string;
  /** JSON texts; absent on the side where there is nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Everything in which a server differs from its approved manifest; nothing when it is the same. */
export function findDrift(approved: Manifest, live: Manifest): readonly Drift[] {
  const found: Drift[] = [];
  const before = new Map(approved.entries.map((entry) => [keyOf(entry), entry]));
  const after = new Map(live.entries.map((entry) => [keyOf(entry), entry]));
  for (const [where, entry] of after) {
    const known = before.get(where);
    if (known === undefined) found.push({ where, class: 'added', path: '', before: undefined, after: text(entry) });
    else if (digestEntry(known) !== digestEntry(entry)) found.push(...entryDrift(where, known, entry));
  }
  for (const [where, entry] of before) {
    if (!after.has(where)) found.push({ where, class: 'removed', path: '', before: text(entry), after: undefined });
  }
  found.push(...compare(approved.server, live.server, '', 'server', serverClass));
  // A manifest that was built without its modules says nothing of them.
  if (Object.keys(approved.code).length > 0 && Object.keys(live.code).length > 0)
    found.push(...compare(approved.code, live.code, '', 'code', () => 'code'));
  // INVARIANT: all of it. What is left out here would be offered.
  return found;
}

/** The entries that must not be offered until the change is approved: those that were added or changed. */
export function heldBy(drift: readonly Drift[]): ReadonlySet<string> {
  return new Set(
    drift.filter((change) => change.class !== 'removed' && / "/.test(change.where)).map(({ where }) => where),
  );
}

function entryDrift(where: string, before: ManifestEntry, after: ManifestEntry): readonly Drift[] {
  return [
    ...compare(before.definition, after.definition, '/definition', where, definitionClass),
    ...compare(before.grants, after.grants, '/grants', where, grantClass),
  ];
}

function serverClass(path: string): DriftClass {
  return path === '/instructions' ? 'instructions' : 'server';
}

function definitionClass(path: string): DriftClass {
  if (/^\/definition\/(?:input|output)Schema|^\/definition\/arguments/.test(path)) return 'schema';
  return path.startsWith('/definition/annotations') ? 'annotation' : 'text';
}

function grantClass(path: string): DriftClass {
  if (path.startsWith('/grants/effect')) return 'effect';
  if (path.startsWith('/grants/scopes')) return 'scope';
  if (/^\/grants\/(?:gives|sends)/.test(path)) return 'flow';
  return /^\/grants\/(?:perMinute|burst|record)/.test(path) ? 'limit' : 'need';
}

function compare(
  before: unknown,
  after: unknown,
  path: string,
  where: string,
  classify: (path: string) => DriftClass,
): readonly Drift[] {
  if (isObject(before) && isObject(after)) return compareObjects(before, after, path, where, classify);
  const [left, right] = [text(before), text(after)];
  return left === right ? [] : [{ where, class: classify(path), path, before: left, after: right }];
}

function compareObjects(
  before: JsonObject,
  after: JsonObject,
  path: string,
  where: string,
  classify: (path: string) => DriftClass,
): readonly Drift[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].toSorted().flatMap((key) => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return compare(
      Object.hasOwn(before, key) ? before[key] : undefined,
      Object.hasOwn(after, key) ? after[key] : undefined,
      at,
      where,
      classify,
    );
  });
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
