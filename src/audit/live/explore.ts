import { isObject, type JsonObject } from '../../protocol/json.ts';
import { META, type Era } from '../../protocol/versions.ts';
import { outcomeOf, type Seen } from './exchange.ts';
import type { HarmlessCall, LiveConnection, Surface } from './subject.ts';

const MOST_PAGES = 10;
const MOST_LISTED = 500;
const LISTS = [
  ['tools', 'tools/list'],
  ['resources', 'resources/list'],
  ['prompts', 'prompts/list'],
] as const;

/** What a server was found to be, whatever its transport. */
export interface Explored {
  readonly eras: readonly Era[];
  readonly home: { readonly method: string; readonly params: JsonObject };
  readonly surface: Surface;
  /** What it answered first in each era that was tried. */
  readonly first: readonly Seen[];
}

/**
 * Finds out in which eras a server serves its user, and what it lists: modern by `server/discover`, which every such server must have,
 * legacy by `initialize`.
 * @param connect Opens a connection as the user.
 */
export async function explore(eras: readonly Era[], connect: (era: Era) => Promise<LiveConnection>): Promise<Explored> {
  const first: Seen[] = [];
  const served: LiveConnection[] = [];
  let about: JsonObject = {};
  for (const era of eras) {
    const connection = await connect(era);
    const hello = connection.hello ?? (await connection.ask('the first request', 'server/discover'));
    first.push(hello);
    if (outcomeOf(hello.exchange) !== 'served' || !isHello(era, resultOf(hello))) continue;
    served.push(connection);
    if (served.length === 1) about = resultOf(hello);
  }
  const [connection] = served;
  const listed = new Map<string, readonly JsonObject[]>();
  let home: string | undefined;
  if (connection !== undefined) {
    for (const [key, method] of LISTS) {
      const found = await listAll(connection, key, method);
      listed.set(key, found?.items ?? []);
      if (found !== undefined) home ??= method;
    }
  }
  const fallback = connection?.era === 'modern' ? 'server/discover' : 'ping';
  const meta = about['_meta'];
  const info = about['serverInfo'] ?? (isObject(meta) ? meta[META.serverInfo] : undefined);
  return {
    eras: served.map(({ era }) => era),
    home: { method: home ?? fallback, params: {} },
    surface: {
      tools: listed.get('tools') ?? [],
      resources: listed.get('resources') ?? [],
      prompts: listed.get('prompts') ?? [],
      capabilities: objectIn(about, 'capabilities'),
      serverInfo: isObject(info) ? info : {},
    },
    first,
  };
}

/** A list as far as it was read. */
interface Listed {
  readonly items: readonly JsonObject[];
  readonly isWhole: boolean;
}

/** Every item of a list; undefined where it is not served, or longer than what is read. */
export async function listWhole(
  connection: LiveConnection,
  key: string,
  method: string,
): Promise<readonly JsonObject[] | undefined> {
  const listed = await listAll(connection, key, method);
  return listed?.isWhole === true ? listed.items : undefined;
}

/** Every page of a list within bounds; undefined where the first is not served. */
async function listAll(connection: LiveConnection, key: string, method: string): Promise<Listed | undefined> {
  const found: JsonObject[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES && found.length < MOST_LISTED; page += 1) {
    const seen = await connection.ask('a list', method, cursor === undefined ? {} : { cursor });
    if (outcomeOf(seen.exchange) !== 'served') return page === 0 ? undefined : { items: found, isWhole: false };
    const result = resultOf(seen);
    const items = result[key];
    if (!Array.isArray(items)) return page === 0 ? undefined : { items: found, isWhole: false };
    found.push(...items.filter(isObject).slice(0, MOST_LISTED - found.length));
    const next = result['nextCursor'];
    if (typeof next !== 'string') return { items: found, isWhole: found.length < MOST_LISTED };
    if (cursors.has(next)) break;
    cursors.add(next);
    cursor = next;
  }
  return { items: found, isWhole: false };
}

/** Whether it is what the era asks for: one that answers anything at all serves nobody. */
function isHello(era: Era, { capabilities, protocolVersion, supportedVersions }: JsonObject): boolean {
  const hasVersion = era === 'modern' ? Array.isArray(supportedVersions) : typeof protocolVersion === 'string';
  return hasVersion && isObject(capabilities);
}

function resultOf({ message }: Seen): JsonObject {
  return objectIn(message ?? {}, 'result');
}

function objectIn(value: JsonObject, key: string): JsonObject {
  const member = value[key];
  return isObject(member) ? member : {};
}

/** The calls that may be made: those that were named, then those of tools that say they only read and need no arguments. */
export function harmlessCalls(
  named: readonly { readonly name: string; readonly arguments: JsonObject }[],
  tools: readonly JsonObject[],
): readonly HarmlessCall[] {
  const reading = tools.flatMap((tool): readonly HarmlessCall[] => {
    const { name } = tool;
    if (typeof name !== 'string' || named.some((call) => call.name === name)) return [];
    const required = objectIn(tool, 'inputSchema')['required'];
    const needsNothing = required === undefined || (Array.isArray(required) && required.length === 0);
    const onlyReads = objectIn(tool, 'annotations')['readOnlyHint'] === true;
    return onlyReads && needsNothing ? [{ name, arguments: {}, isNamed: false }] : [];
  });
  return [...named.map((call) => ({ ...call, isNamed: true })), ...reading];
}
