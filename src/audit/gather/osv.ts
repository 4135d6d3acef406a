import { constants } from 'node:fs';
import { open, opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { cvssBase, severityOf } from '../versions/cvss.ts';
import type { Severity } from '../model.ts';
import { pythonName } from './dependencies/python-locks.ts';
import type { Ecosystem, Lockfile } from './dependencies/locked.ts';

/** Events of a range, in the order of their versions (OSV schema, `affected[].ranges[].events`). */
export interface RangeEvent {
  readonly kind: 'introduced' | 'fixed' | 'last_affected' | 'limit';
  readonly version: string;
}

/** One known vulnerability, for the packages that were asked for. */
export interface OsvRecord {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly severity: Severity;
  readonly isWithdrawn: boolean;
  readonly affected: readonly {
    readonly ecosystem: Ecosystem;
    readonly name: string;
    readonly versions: readonly string[];
    readonly ranges: readonly (readonly RangeEvent[])[];
  }[];
}

/** A folder of OSV records, as far as it is about what is locked. */
export interface OsvDatabase {
  /** Records that were looked at. */
  readonly count: number;
  /** Days since the newest of them was changed; absent where none says when. */
  readonly ageDays?: number;
  readonly records: readonly OsvRecord[];
  /** Files that are no records. */
  readonly unread: number;
}

const MOST_RECORDS = 2_000_000;
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_DEPTH = 8;
const DAY_MS = 86_400_000;
const WORDS: ReadonlyMap<unknown, Severity> = new Map<unknown, Severity>([
  ['CRITICAL', 'critical'],
  ['HIGH', 'high'],
  ['MODERATE', 'medium'],
  ['MEDIUM', 'medium'],
  ['LOW', 'low'],
]);

/**
 * Reads a folder of OSV records (https://ossf.github.io/osv-schema/), one JSON file each, and keeps those about what is locked.
 * @param now Milliseconds since 1970.
 * @throws TypeError when there is no such folder.
 */
export async function readOsv(folder: string, locks: readonly Lockfile[], now: number): Promise<OsvDatabase> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) throw new TypeError(`There is no folder ${folder} of known vulnerabilities.`);
  const wanted = new Set(
    locks.flatMap(({ ecosystem, packages }) => packages.map(({ name }) => `${ecosystem} ${name}`)),
  );
  const names = new Set([...wanted].map((each) => each.slice(each.indexOf(' ') + 1)));
  const records: OsvRecord[] = [];
  let [count, unread, newest] = [0, 0, ''];
  for await (const path of filesOf(root, 0)) {
    const text = count + unread < MOST_RECORDS ? await readBounded(path) : undefined;
    const modified = text === undefined ? undefined : /"modified"\s*:\s*"(\d{4}-[^"]{6,40})"/.exec(text)?.[1];
    if (text === undefined || modified === undefined) {
      unread += 1;
      continue;
    }
    count += 1;
    if (modified > newest) newest = modified;
    // Hardly any is about what is wanted: those are parsed.
    const isNear = [...text.matchAll(/"name"\s*:\s*"([^"]{1,300})"/g)].some(
      ([, name = '']) => names.has(name) || names.has(pythonName(name)),
    );
    if (!isNear) continue;
    try {
      const record = recordOf(JSON.parse(text), wanted);
      if (record !== undefined) records.push(record);
    } catch {
      unread += 1;
    }
  }
  const at = Date.parse(newest);
  const age = Number.isNaN(at) ? {} : { ageDays: Math.max(0, Math.floor((now - at) / DAY_MS)) };
  return { count, ...age, records, unread };
}

async function* filesOf(folder: string, depth: number): AsyncGenerator<string> {
  if (depth > MOST_DEPTH) return;
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path, depth + 1);
    else if (entry.isFile() && entry.name.endsWith('.json')) yield path;
  }
}

async function readBounded(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    return size > MOST_BYTES ? undefined : await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function recordOf(value: unknown, wanted: ReadonlySet<string>): OsvRecord | undefined {
  if (!isObject(value)) throw new TypeError('it is no record');
  const affected = objects(value['affected']).flatMap((each) => {
    const { name, ecosystem: told } = isObject(each['package']) ? each['package'] : {};
    const ecosystem: Ecosystem | undefined = told === 'npm' || told === 'PyPI' ? told : undefined;
    if (typeof name !== 'string' || ecosystem === undefined) return [];
    const plain = ecosystem === 'PyPI' ? pythonName(name) : name;
    if (!wanted.has(`${ecosystem} ${plain}`)) return [];
    const ranges = objects(each['ranges']).filter(({ type }) => type === 'SEMVER' || type === 'ECOSYSTEM');
    return [{ ecosystem, name: plain, versions: texts(each['versions']), ranges: ranges.map(eventsOf) }];
  });
  if (affected.length === 0) return undefined;
  const id = textOf(value['id']);
  return {
    id,
    aliases: texts(value['aliases']).slice(0, 10),
    summary: textOf(value['summary'] ?? value['details']).slice(0, 200),
    severity: id.startsWith('MAL-') ? 'critical' : gradeOf(value),
    isWithdrawn: value['withdrawn'] !== undefined && value['withdrawn'] !== null,
    affected,
  };
}

function eventsOf({ events }: JsonObject): readonly RangeEvent[] {
  return objects(events).flatMap((event) =>
    (['introduced', 'fixed', 'last_affected', 'limit'] as const).flatMap((kind) => {
      const version = event[kind];
      return typeof version === 'string' ? [{ kind, version }] : [];
    }),
  );
}

/** As its source grades it, or by its CVSS vector; medium where neither says. */
function gradeOf(record: JsonObject): Severity {
  const own = isObject(record['database_specific']) ? WORDS.get(record['database_specific']['severity']) : undefined;
  if (own !== undefined) return own;
  const scores = objects(record['severity']).flatMap(({ score }) => cvssBase(textOf(score)) ?? []);
  return scores.length === 0 ? 'medium' : severityOf(Math.max(...scores));
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
