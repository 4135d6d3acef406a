import type { IncomingHttpHeaders } from 'node:http';

type Fields = Readonly<Record<string, unknown>>;

/** A request as an upstream is sent it. */
export interface StrangerRequest {
  readonly id: unknown;
  readonly method: string;
  readonly params: Fields;
  /** Empty over standard streams. */
  readonly headers: IncomingHttpHeaders;
}

/** A server of somebody else's, wholly in an attacker's hands: it says what it likes, in either era. */
export interface Stranger {
  /** URL of the module that exports it as `stranger`. */
  readonly module: string;
  readonly server?: Fields;
  readonly instructions?: string;
  /** Of tools alone when absent. */
  readonly capabilities?: Fields;
  readonly tools: readonly Fields[];
  /** None when absent. */
  readonly resources?: readonly Fields[];
  /**
   * What it says when a tool is called, or a resource is read: messages in their order, objects or, where they are to be
   * none, text.
   */
  call(request: StrangerRequest): readonly (object | string)[];
}

/** What a stranger calls itself. */
export function serverOf({ server = { name: 'stranger', version: '1.0.0' } }: Stranger): Fields {
  return server;
}

/** What it says that it can do. */
export function capabilitiesOf({ capabilities = { tools: {} } }: Stranger): Fields {
  return capabilities;
}

/** Messages of a stranger for one message that it is sent: JSON-RPC but for texts, which stand as they are. */
export function saidTo(stranger: Stranger, message: Fields, headers: IncomingHttpHeaders = {}): readonly string[] {
  const { id, method, params } = message;
  if (typeof method !== 'string' || id === undefined) return [];
  const given: Fields = typeof params === 'object' && params !== null ? { ...params } : {};
  return answersOf(stranger, { id, method, params: given, headers }).map((each) =>
    typeof each === 'string' ? each : JSON.stringify({ jsonrpc: '2.0', ...each }),
  );
}

function answersOf(stranger: Stranger, request: StrangerRequest): readonly (object | string)[] {
  const { id, method } = request;
  const serverInfo = serverOf(stranger);
  const capabilities = capabilitiesOf(stranger);
  const own = {
    capabilities,
    ...(stranger.instructions === undefined ? {} : { instructions: stranger.instructions }),
  };
  if (method === 'initialize') return [{ id, result: { protocolVersion: '2025-11-25', serverInfo, ...own } }];
  if (method === 'server/discover') {
    const meta = { 'io.modelcontextprotocol/serverInfo': serverInfo };
    return [{ id, result: { supportedVersions: ['2026-07-28'], ...own, _meta: meta } }];
  }
  if (method === 'tools/list') return [{ id, result: { tools: stranger.tools } }];
  if (method === 'resources/list') return [{ id, result: { resources: stranger.resources ?? [] } }];
  if (method === 'resources/templates/list') return [{ id, result: { resourceTemplates: [] } }];
  if (method === 'tools/call' || method === 'resources/read') return stranger.call(request);
  return [{ id, error: { code: -32601, message: 'Method not found' } }];
}

/** A result of a tool that is one text. */
export function words(text: string): object {
  return { content: [{ type: 'text', text }] };
}
