import type { ReverseChannel } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { LEGACY_VERSIONS } from '../protocol/versions.ts';
import { ITEM_KINDS, ITEMS, type ItemKind } from './items.ts';
import { LinkError, type Link, type LinkCall } from './link.ts';

/** What an upstream says of itself and offers; every byte of it is a stranger's. */
export interface Offer extends Readonly<Record<ItemKind, readonly JsonObject[]>> {
  /** Name, version, title. */
  readonly server: JsonObject;
  readonly instructions: string | undefined;
  /** Names of the capabilities that it declares. */
  readonly capabilities: readonly string[];
}

/** A connection on which the handshake is done. */
export interface Session {
  readonly link: Link;
  readonly server: JsonObject;
  readonly instructions: string | undefined;
  readonly capabilities: readonly string[];
  /**
   * Asks to be told when a resource changes; gives what ends it.
   * @throws LinkError when it does not tell.
   */
  watch(uri: string, call: LinkCall): Promise<() => void>;
}

/** What a client lets an upstream ask it for in the middle of a call. */
export type Asks = ReadonlySet<ReverseChannel>;

/** The first revision too: many upstreams never moved on, and what is used here of it is the same. */
const REVISIONS: ReadonlySet<string> = new Set([...LEGACY_VERSIONS, '2024-11-05']);
const MOST_PAGES = 100;
const MOST_ITEMS = 1_000;
const NOTHING: Asks = new Set();

/**
 * Does the handshake of the legacy era (MCP 2025-11-25 basic/lifecycle). An upstream may sample, ask or see roots only where
 * the configuration lets one of its tools do so.
 * @throws LinkError when it does not answer, or speaks no revision that is known here.
 */
export async function beginSession(link: Link, call: LinkCall, asks: Asks = NOTHING): Promise<Session> {
  const [newest] = LEGACY_VERSIONS;
  const result = await link.request(
    'initialize',
    {
      protocolVersion: newest,
      capabilities: Object.fromEntries([...asks].map((channel) => [channel, {}])),
      clientInfo: { name: 'portcullis-gateway', version: '0.1.0' },
    },
    call,
  );
  const { protocolVersion, serverInfo, capabilities, instructions } = result;
  if (typeof protocolVersion !== 'string' || !REVISIONS.has(protocolVersion))
    throw new LinkError('malformed', `it speaks the revision ${JSON.stringify(protocolVersion)?.slice(0, 64)}`);
  if (!isObject(serverInfo) || typeof serverInfo['name'] !== 'string' || !isObject(capabilities))
    throw new LinkError('malformed', 'its answer to initialize is none');
  link.notify('notifications/initialized');
  // What it logs about a call goes to the client that asked for logs; one that has its own idea of a level may keep it.
  if (isObject(capabilities['logging']))
    link.request('logging/setLevel', { level: 'info' }, call).catch(() => undefined);
  return {
    link,
    server: serverInfo,
    instructions: typeof instructions === 'string' ? instructions : undefined,
    capabilities: Object.keys(capabilities).toSorted(),
    async watch(uri, own) {
      await link.request('resources/subscribe', { uri }, own);
      return () => {
        if (link.open) link.request('resources/unsubscribe', { uri }, own).catch(() => undefined);
      };
    },
  };
}

/**
 * What an upstream offers of some kinds, or of all of them.
 * @throws LinkError when a page is malformed, or there is no end to them.
 */
export async function readOffer(
  { link, server, instructions, capabilities }: Session,
  call: LinkCall,
  kinds: readonly ItemKind[] = ITEM_KINDS,
): Promise<Offer> {
  const until = performance.now() + call.timeoutMs;
  const offer: Record<ItemKind, readonly JsonObject[]> = {
    tools: [],
    resources: [],
    resourceTemplates: [],
    prompts: [],
  };
  for (const kind of kinds) {
    // Many a server of tools declares nothing at all.
    if (kind !== 'tools' && !capabilities.includes(ITEMS[kind].capability)) continue;
    offer[kind] = await readList(link, kind, call, until).catch((error: unknown) => noneOf(kind, error));
  }
  return { server, instructions, capabilities, ...offer };
}

async function readList(link: Link, kind: ItemKind, call: LinkCall, until: number): Promise<readonly JsonObject[]> {
  const { method, id, what } = ITEMS[kind];
  const items: JsonObject[] = [];
  let cursor: unknown;
  for (let page = 0; ; page++) {
    // One deadline for all pages: those of a slow upstream would add up.
    const timeoutMs = Math.max(1, until - performance.now());
    const params = cursor === undefined ? {} : { cursor };
    const result = await link.request(method, params, { ...call, timeoutMs });
    const listed = result[kind];
    if (!Array.isArray(listed) || !listed.every((item) => isItem(item, kind)))
      throw new LinkError('malformed', `its list of ${what} is none`);
    if (items.length + listed.length > MOST_ITEMS) {
      // Of resources there may be any number. Those beyond are not offered, and so not served.
      if (kind === 'resources') return [...items, ...listed].slice(0, MOST_ITEMS);
      throw new LinkError('malformed', `it lists more than ${MOST_ITEMS} ${what}`);
    }
    items.push(...listed);
    cursor = result['nextCursor'];
    if (cursor === undefined) break;
    if (page + 1 === MOST_PAGES) throw new LinkError('malformed', `it lists more than ${MOST_PAGES} pages of ${what}`);
    if (typeof cursor !== 'string') throw new LinkError('malformed', 'its cursor is no text');
  }
  const ids = new Set(items.map((item) => item[id]));
  if (ids.size < items.length) throw new LinkError('malformed', `two of its ${what} have the same ${id}`);
  return items;
}

/** One that declares a kind and refuses to list it offers none of it. Its tools are what it is there for. */
function noneOf(kind: ItemKind, error: unknown): readonly JsonObject[] {
  if (kind !== 'tools' && error instanceof LinkError && error.reason === 'refused') return [];
  throw error;
}

function isItem(value: unknown, kind: ItemKind): value is JsonObject {
  if (!isObject(value) || typeof value[ITEMS[kind].id] !== 'string' || typeof value['name'] !== 'string') return false;
  return kind !== 'tools' || isObject(value['inputSchema']);
}
