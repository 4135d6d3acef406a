import { setTimeout as delay } from 'node:timers/promises';
import { configure, type ExtensionRules } from '../controls/closed-extensions/control.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { META, MODERN_VERSION } from '../protocol/versions.ts';
import { neutralise } from '../text/neutralise.ts';
import { LinkError, type Link, type LinkCall } from './link.ts';
import { Mirrors } from './mirror.ts';
import type { Session } from './session.ts';

/** How the modern era is spoken over a link. */
export interface ModernOptions {
  /** What types a result may be of; none beside those of the protocol when absent. */
  readonly extensions?: ExtensionRules | undefined;
  /** Whether arguments are repeated in headers where a tool asks for it, as over HTTP they must be. */
  readonly mirrors?: boolean;
  readonly log?: (line: string) => void;
  /** A list of the upstream has changed, or may have. */
  readonly changed?: () => void;
  /** A resource of it has changed, or may have. */
  readonly updated?: ((uri: string) => void) | undefined;
}

/** Sent with each request. */
const OWN: JsonObject = Object.freeze({
  [META.version]: MODERN_VERSION,
  [META.clientInfo]: Object.freeze({ name: 'portcullis-gateway', version: '0.1.0' }),
});
/** How often an upstream may ask for input in one call. */
const MOST_ROUNDS = 16;
const HEADER_MISMATCH = -32020;
const UNSUPPORTED_VERSION = -32022;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Asks an upstream what it is in the modern era (MCP 2026-07-28 server/discover). The link of the session puts into each request
 * what this era wants there.
 * @throws LinkError when it does not speak this era; `refusedWith` says what it said instead.
 */
export async function discover(link: Link, call: LinkCall, options: ModernOptions = {}): Promise<Session> {
  const modern = speakModern(link, options);
  const ask = (): Promise<JsonObject> => modern.request('server/discover', {}, call);
  // One that refuses this revision and names it among its own has refused something else; a question can be put again.
  const result = await ask().catch((error: unknown) => (namesModern(error) ? ask() : Promise.reject(error)));
  const { supportedVersions, capabilities, instructions, _meta: meta } = result;
  if (!Array.isArray(supportedVersions) || !isObject(capabilities))
    throw new LinkError('malformed', 'its answer to server/discover is none');
  if (!supportedVersions.includes(MODERN_VERSION))
    throw new LinkError('refused', `it speaks the revisions ${JSON.stringify(supportedVersions).slice(0, 128)}`);
  const said = isObject(meta) ? meta[META.serverInfo] : undefined;
  const server = isObject(said) && typeof said['name'] === 'string' ? said : { name: 'unnamed', version: '0' };
  void listen(modern, capabilities, options);
  return {
    link: modern,
    server,
    instructions: typeof instructions === 'string' ? instructions : undefined,
    capabilities: Object.keys(capabilities).toSorted(),
    watch: (uri, own) => watch(modern, uri, own, options),
  };
}

function namesModern(error: unknown): boolean {
  const told = error instanceof LinkError ? error.refusedWith.error : undefined;
  if (told?.['code'] !== UNSUPPORTED_VERSION) return false;
  const { data } = told;
  return isObject(data) && Array.isArray(data['supported']) && data['supported'].includes(MODERN_VERSION);
}

const CLOSED = configure(new Set());

function speakModern(
  link: Link,
  { extensions = CLOSED, mirrors: hasMirrors = false, log, changed }: ModernOptions,
): Link {
  const mirrors = hasMirrors ? new Mirrors() : undefined;
  const dropped = (name: string): void =>
    log?.(`"${neutralise(name.slice(0, 128))}" is left out: its x-mcp-header is not valid`);
  const send = async (method: string, params: JsonObject, call: LinkCall): Promise<JsonObject> => {
    const own = metaOf(call);
    const meta = isObject(params['_meta']) ? { ...params['_meta'], ...own } : own;
    try {
      return await link.request(method, { ...params, _meta: meta }, call);
    } catch (error) {
      if (error instanceof LinkError && error.refusedWith.error?.['code'] === HEADER_MISMATCH) changed?.();
      throw error;
    }
  };
  return {
    get open() {
      return link.open;
    },
    async request(method, params, call) {
      const headers = method === 'tools/call' ? mirrors?.headersFor(params) : undefined;
      const whole = headers === undefined ? call : { ...call, headers };
      let result = await send(method, params, whole);
      for (let round = 0; !isComplete(result, extensions); round++) {
        if (round === MOST_ROUNDS) throw new LinkError('refused', `it asks for input more than ${MOST_ROUNDS} times`);
        result = await send(method, { ...params, ...(await answersTo(result, call)) }, whole);
      }
      const { tools } = result;
      if (method !== 'tools/list' || mirrors === undefined || !Array.isArray(tools)) return result;
      const kept = mirrors.learn(tools, params['cursor'] === undefined, result['nextCursor'] === undefined, dropped);
      return { ...result, tools: kept };
    },
    notify: (method, params) => link.notify(method, params),
    close: (why) => link.close(why),
  };
}

const PLAIN = Object.freeze({ ...OWN, [META.capabilities]: Object.freeze({}) });

/** INVARIANT: an upstream hears of a capability only where it may ask for it, and the client of the call has it. */
function metaOf({ asks, onRequest, logLevel }: LinkCall): JsonObject {
  const able = onRequest === undefined || asks === undefined ? [] : [...asks];
  if (able.length === 0 && logLevel === undefined) return PLAIN;
  const capabilities = Object.fromEntries(
    able.map((channel) => [channel, channel === 'elicitation' ? { form: {} } : {}]),
  );
  return {
    ...OWN,
    [META.capabilities]: capabilities,
    ...(logLevel === undefined ? {} : { [META.logLevel]: logLevel }),
  };
}

function isComplete(result: JsonObject, extensions: ExtensionRules): boolean {
  const type = extensions.typeOf(result);
  if (type === undefined) throw new LinkError('malformed', 'its result is of no type that is known');
  return type === 'complete';
}

/**
 * What an upstream gets that asks for input, with its own state (MCP 2026-07-28 basic/patterns/mrtr). It goes on with a call that it
 * has ended with a question, and so is not called a second time.
 */
async function answersTo(
  { inputRequests = {}, requestState }: JsonObject,
  { onRequest }: LinkCall,
): Promise<JsonObject> {
  const asked = isObject(inputRequests) ? Object.entries(inputRequests) : [];
  const methodOf = (request: unknown): string =>
    isObject(request) && typeof request['method'] === 'string' ? request['method'].slice(0, 64) : 'something';
  if (onRequest === undefined) {
    const what = asked.map(([, request]) => methodOf(request)).join(', ');
    throw new LinkError('refused', `it asks for input in the middle of a call, which is closed: ${what}`);
  }
  const answers = asked.map(async ([key, request]) => {
    const params = isObject(request) ? request['params'] : undefined;
    return [key, await onRequest(methodOf(request), params, key)] as const;
  });
  const inputResponses = Object.fromEntries(await Promise.all(answers));
  return { inputResponses, ...(typeof requestState === 'string' ? { requestState } : {}) };
}

/** Listens for changes of lists (MCP 2026-07-28 basic/patterns/subscriptions), and again when the upstream ends it. */
async function listen(link: Link, capabilities: JsonObject, { changed, log }: ModernOptions): Promise<void> {
  const tells = (name: string): boolean => {
    const capability = capabilities[name];
    return isObject(capability) && capability['listChanged'] === true;
  };
  const notifications = {
    ...(tells('tools') ? { toolsListChanged: true } : {}),
    ...(tells('prompts') ? { promptsListChanged: true } : {}),
    ...(tells('resources') ? { resourcesListChanged: true } : {}),
  };
  if (Object.keys(notifications).length === 0) return;
  for (let waitMs = FIRST_WAIT_MS; link.open; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await link.request('subscriptions/listen', { notifications }, { timeoutMs: Infinity });
    } catch (error) {
      if (!(error instanceof LinkError) || error.reason === 'refused' || error.reason === 'malformed')
        return log?.('it does not let its lists be listened to');
    }
    if (!link.open) return;
    await delay(waitMs, undefined, { ref: false });
    // Something may have been said while nobody listened.
    changed?.();
  }
}

/** Listens for changes of one resource, and again when the upstream ends it, until what it gives is called. */
async function watch(link: Link, uri: string, call: LinkCall, options: ModernOptions): Promise<() => void> {
  const over = new AbortController();
  const honoured = Promise.withResolvers<void>();
  const onAcknowledged = (filter: unknown): void => {
    const uris = isObject(filter) ? filter['resourceSubscriptions'] : undefined;
    if (Array.isArray(uris) && uris.includes(uri)) honoured.resolve();
    else honoured.reject(new LinkError('refused', 'it does not tell of this resource'));
  };
  const whole = { ...call, timeoutMs: Infinity, signal: over.signal, onAcknowledged };
  const keep = async (): Promise<void> => {
    for (let waitMs = FIRST_WAIT_MS; link.open; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      await link.request('subscriptions/listen', { notifications: { resourceSubscriptions: [uri] } }, whole);
      await delay(waitMs, undefined, { signal: over.signal, ref: false });
      options.updated?.(uri);
    }
  };
  keep().catch((error: unknown) => honoured.reject(error));
  const late = setTimeout(
    () => honoured.reject(new LinkError('timeout', 'it did not say that it tells')),
    call.timeoutMs,
  );
  try {
    await honoured.promise;
    return () => over.abort();
  } catch (error) {
    over.abort();
    throw error;
  } finally {
    clearTimeout(late);
  }
}
