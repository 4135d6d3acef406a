import { isObject, type JsonObject } from '../../protocol/json.ts';
import { META, type Era } from '../../protocol/versions.ts';
import { headersFor, legacyParams, withMeta } from '../http-client.ts';
import type { Seen } from './exchange.ts';
import type { Wire } from './http-wire.ts';
import type { AskOptions, LiveConnection } from './subject.ts';

/** What the audit says of itself to a target. */
export const CLIENT_INFO: JsonObject = Object.freeze({ name: 'portcullis-audit', version: '1' });
/** The revision that is asked for in the legacy era. */
export const LEGACY_ASKED = '2025-11-25';
const MOST_ASKED = 20;

/** Whom a connection speaks as, and how. */
export interface HttpConnectionOptions {
  readonly wire: Wire;
  /** Path and query of the endpoint. */
  readonly path: string;
  /** Host and port, as they stand in the URL. */
  readonly host: string;
  readonly era: Era;
  readonly token: string | undefined;
  readonly capabilities: JsonObject;
  /** Numbers the messages of a run. */
  readonly nextId: () => string;
  /** Told of the session id, before anything with it is kept. */
  readonly hide: (secret: string, kind: string) => void;
}

/** Opens a connection over HTTP; in the legacy era it goes through the handshake. */
export async function openHttpConnection(options: HttpConnectionOptions): Promise<LiveConnection> {
  const { wire, era, capabilities, nextId } = options;
  let session: string | undefined;
  let version = LEGACY_ASKED;

  const post = (label: string, message: JsonObject, more: AskOptions): Promise<Seen> => {
    const answerAsked = (asked: JsonObject): void => {
      if (answered >= MOST_ASKED) return;
      answered += 1;
      const result = more.answer?.(asked) ?? { action: 'decline' };
      void post(`${label}: an answer`, { jsonrpc: '2.0', id: asked['id'], result }, {});
    };
    let answered = 0;
    const { method, id } = message;
    return wire.send({
      label,
      method: 'POST',
      path: `${options.path}${more.query ?? ''}`,
      headers: [...headersOf(message, more), ...(more.moreHeaders ?? [])],
      body: more.body ?? (more.rewrite ?? asIs)(JSON.stringify(message)),
      ...(typeof method === 'string' ? { rpc: method } : {}),
      id,
      ...(more.patienceMs === undefined ? {} : { patienceMs: more.patienceMs }),
      isAlone: more.isAlone === true,
      isOnce: more.isOnce === true,
      ...(era === 'legacy' ? { onAsked: answerAsked } : {}),
    });
  };
  const headersOf = (message: JsonObject, more: AskOptions): readonly (readonly [string, string])[] => {
    if (typeof more.token === 'string') options.hide(more.token, 'token');
    const token = more.token === null ? undefined : (more.token ?? options.token);
    const own = headersFor({ era, token }, message, {}, session);
    if (era === 'legacy' && own['mcp-protocol-version'] !== undefined) own['mcp-protocol-version'] = version;
    const all = new Map<string, string | undefined>([
      ['host', options.host],
      ...Object.entries(own),
      ...Object.entries(more.headers ?? {}),
    ]);
    return [...all].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  };
  const ask = (label: string, method: string, params: JsonObject = {}, more: AskOptions = {}): Promise<Seen> => {
    const meta = { [META.clientInfo]: CLIENT_INFO, ...more.meta };
    const full = era === 'modern' ? withMeta(params, capabilities, meta) : legacyParams(params, more.meta);
    return post(label, { jsonrpc: '2.0', id: nextId(), method, params: full }, more);
  };
  let hello: Seen | undefined;
  if (era === 'legacy') {
    hello = await ask('the handshake', 'initialize', {
      protocolVersion: LEGACY_ASKED,
      capabilities,
      clientInfo: CLIENT_INFO,
    });
    const result = hello.message?.['result'];
    const chosen = isObject(result) ? result['protocolVersion'] : undefined;
    if (typeof chosen === 'string' && /^[\d-]{1,20}$/.test(chosen)) version = chosen;
    session = hello.headers['mcp-session-id'];
    if (session !== undefined) options.hide(session, 'session id');
    if (isObject(result)) await post('initialized', { jsonrpc: '2.0', method: 'notifications/initialized' }, {});
  }
  return {
    era,
    session,
    hello,
    ask,
    async close() {
      if (session === undefined) return;
      await wire.send({
        label: 'the end',
        method: 'DELETE',
        path: options.path,
        headers: headersOf({}, {}),
        isOnce: true,
      });
    },
  };
}

function asIs(body: string): string {
  return body;
}
