import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownCode } from '../controls/declared-behaviour/code.ts';
import { createGateway } from '../gateway/definition.ts';
import { itemsOf, listsOf, type Lock, type PinnedUpstream } from '../gateway/lock.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { pinOffer } from '../gateway/pin.ts';
import { readRemote } from '../gateway/http/reach.ts';
import type { ReadyUpstream } from '../gateway/ready.ts';
import type { Offer } from '../gateway/session.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Era } from '../protocol/versions.ts';
import type { Fixture, MadeGateway } from './fixture.ts';
import { capabilitiesOf, saidTo, serverOf, type Stranger } from './stranger.ts';
import type { Way } from './way.ts';

const SCRIPT = join(import.meta.dirname, `stranger-main${extname(import.meta.filename)}`);

/** An upstream that a fixture has started, or that can be started. */
export interface Behind extends ReadyUpstream {
  readonly era: Era;
  stop(): Promise<void>;
}

/** What a server gives at other paths than its endpoint, as JSON; not found when `undefined`. */
export type Beside = (path: string, origin: string) => object | undefined;

/** How a stranger stands behind a gateway. */
export interface StrangerOptions {
  readonly stranger: Stranger;
  /** Served at a URL on every way, over TLS of these options. */
  readonly served?: ServerOptions;
  /** What stands beside its endpoint; it is served at a URL on every way then. */
  readonly beside?: Beside;
  /** What the deployment says of the upstream beside how it is reached. */
  readonly options?: Partial<UpstreamOptions>;
  readonly deployment?: Fixture['deployment'];
}

/** The upstream of a way: a URL in the modern era where clients come over HTTP, a process in the legacy era elsewhere. */
async function startStranger({ stranger, served: tls, beside, options }: StrangerOptions, way: Way): Promise<Behind> {
  const tools = Object.fromEntries(
    stranger.tools.map(({ name }) => [String(name), { effect: 'read', timeout: '30s' }] as const),
  );
  const resources = Object.fromEntries((stranger.resources ?? []).map(({ uri }) => [String(uri), {}] as const));
  const common = { prefix: '', tools, resources, ...options };
  if (way.transport === 'http' || tls !== undefined || beside !== undefined) {
    const served = await serveStranger(stranger, tls, beside);
    const reached = { url: served.url, ...common };
    return { options: reached, installed: readRemote('up', reached), era: 'modern', stop: served.stop };
  }
  const needs = { reads: ownCode().filter((path) => existsSync(path)) };
  const args = [SCRIPT, fileURLToPath(stranger.module)];
  const program = process.execPath;
  return {
    options: { command: program, args, needs, ...common },
    // What it is made of is what this is made of.
    installed: { source: 'stranger', integrity: 'none', program, args, reads: [] },
    era: 'legacy',
    stop: () => Promise.resolve(),
  };
}

/** Serves a stranger at a free port of loopback, that keeps no process alive. Each answer is a stream of events. */
async function serveStranger(
  stranger: Stranger,
  tls?: ServerOptions,
  beside?: Beside,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (request.url !== '/mcp') {
      const found = beside?.(request.url ?? '', `http://${request.headers.host ?? ''}`);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify(found ?? {}));
    }
    const message: unknown = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    if (!isObject(message) || message['id'] === undefined) return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const text of saidTo(stranger, message, request.headers)) response.write(`data: ${text}\n\n`);
    response.end();
  };
  const hear = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch(() => response.destroy());
  };
  const server = (tls === undefined ? createServer(hear) : createTlsServer(tls, hear)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}/mcp` : `https://localhost:${port}/mcp`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Everything that a stranger offers, as it would be read from it. */
export function offerOf(stranger: Stranger): Offer {
  const { instructions, tools, resources = [] } = stranger;
  return {
    server: { ...serverOf(stranger) },
    instructions,
    capabilities: Object.keys(capabilitiesOf(stranger)).toSorted(),
    tools: tools.map((tool): JsonObject => ({ ...tool })),
    resources: resources.map((resource): JsonObject => ({ ...resource })),
    resourceTemplates: [],
    prompts: [],
  };
}

/** All of an upstream, approved by somebody. */
export function approved(pinned: PinnedUpstream): PinnedUpstream {
  const step = { by: 'reviewer', at: '2026-01-01T00:00:00.000Z' };
  return {
    ...pinned,
    ...listsOf(itemsOf(pinned).map((each) => ({ ...each, item: { ...each.item, approved: step } }))),
  };
}

/** Makes the gateway in front of a stranger, all of whose offer was pinned and approved. Its tools have their own names. */
export function behindStranger(stranger: StrangerOptions, insecure: readonly symbol[], way: Way): Promise<MadeGateway> {
  return behindStrangers({ up: stranger }, insecure, way, stranger.deployment);
}

/** Makes the gateway in front of several, by their ids. */
export async function behindStrangers(
  strangers: Readonly<Record<string, StrangerOptions>>,
  insecure: readonly symbol[],
  way: Way,
  deployment?: Fixture['deployment'],
): Promise<MadeGateway> {
  const upstreams: Record<string, Behind> = {};
  const pins: Record<string, PinnedUpstream> = {};
  for (const [id, given] of Object.entries(strangers)) {
    const behind = await startStranger(given, way);
    const { installed, era } = behind;
    upstreams[id] = behind;
    pins[id] = approved(pinOffer({ ...installed, era }, offerOf(given.stranger), undefined, new Set()).pinned);
  }
  const lock: Lock = { format: 'portcullis-lock-1', upstreams: pins };
  const { definition } = createGateway('gateway', lock, upstreams, insecure);
  return {
    fixture: { server: definition.options, ...(deployment === undefined ? {} : { deployment }) },
    async stop() {
      for (const behind of Object.values(upstreams)) await behind.stop();
    },
  };
}
