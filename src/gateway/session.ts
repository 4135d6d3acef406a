import { isObject, type JsonObject } from '../protocol/json.ts';
import { LEGACY_VERSIONS } from '../protocol/versions.ts';
import { LinkError, type Link, type LinkCall } from './link.ts';

/** What an upstream says of itself and offers; every byte of it is a stranger's. */
export interface Offer {
  /** Name, version, title. */
  readonly server: JsonObject;
  readonly instructions: string | undefined;
  /** Tools as they came, in their order. */
  readonly tools: readonly JsonObject[];
}

/** A connection on which the handshake is done. */
export interface Session {
  readonly link: Link;
  readonly server: JsonObject;
  readonly instructions: string | undefined;
}

/** The first revision too: many upstreams never moved on, and what is used here of it is the same. */
const REVISIONS: ReadonlySet<string> = new Set([...LEGACY_VERSIONS, '2024-11-05']);
const MOST_PAGES = 100;
const MOST_TOOLS = 1_000;

/**
 * Does the handshake of the legacy era (MCP 2025-11-25 basic/lifecycle). No capability is offered: an upstream may
 * neither sample, nor ask, nor see roots.
 * @throws LinkError when it does not answer, or speaks no revision that is known here.
 */
export async function beginSession(link: Link, call: LinkCall): Promise<Session> {
  const [newest] = LEGACY_VERSIONS;
  const result = await link.request(
    'initialize',
    { protocolVersion: newest, capabilities: {}, clientInfo: { name: 'portcullis-gateway', version: '0.1.0' } },
    call,
  );
  const { protocolVersion, serverInfo, capabilities, instructions } = result;
  if (typeof protocolVersion !== 'string' || !REVISIONS.has(protocolVersion))
    throw new LinkError('malformed', `it speaks the revision ${JSON.stringify(protocolVersion)?.slice(0, 64)}`);
  if (!isObject(serverInfo) || typeof serverInfo['name'] !== 'string' || !isObject(capabilities))
    throw new LinkError('malformed', 'its answer to initialize is none');
  link.notify('notifications/initialized');
  return { link, server: serverInfo, instructions: typeof instructions === 'string' ? instructions : undefined };
}

/**
 * Everything that an upstream offers.
 * @throws LinkError when a page is malformed, or there is no end to them.
 */
export async function readOffer({ link, server, instructions }: Session, call: LinkCall): Promise<Offer> {
  const tools: JsonObject[] = [];
  let cursor: unknown;
  const until = performance.now() + call.timeoutMs;
  for (let page = 0; ; page++) {
    // One deadline for all pages: those of a slow upstream would add up.
    const timeoutMs = Math.max(1, until - performance.now());
    const params = cursor === undefined ? {} : { cursor };
    const result = await link.request('tools/list', params, { ...call, timeoutMs });
    const listed = result['tools'];
    if (!Array.isArray(listed) || !listed.every(isTool)) throw new LinkError('malformed', 'its list of tools is none');
    if (tools.length + listed.length > MOST_TOOLS)
      throw new LinkError('malformed', `it lists more than ${MOST_TOOLS} tools`);
    tools.push(...listed);
    cursor = result['nextCursor'];
    if (cursor === undefined) break;
    if (page + 1 === MOST_PAGES) throw new LinkError('malformed', `it lists more than ${MOST_PAGES} pages of tools`);
    if (typeof cursor !== 'string') throw new LinkError('malformed', 'its cursor is no text');
  }
  const names = new Set(tools.map(({ name }) => name));
  if (names.size < tools.length) throw new LinkError('malformed', 'two of its tools have the same name');
  return { server, instructions, tools };
}

function isTool(value: unknown): value is JsonObject {
  return isObject(value) && typeof value['name'] === 'string' && isObject(value['inputSchema']);
}
