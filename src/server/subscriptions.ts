import { META } from '../protocol/versions.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import type { RequestId } from '../protocol/message.ts';
import { mayUse } from '../pipeline/catalog.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import type { Principal } from '../pipeline/principal.ts';
import type { Watched } from '../pipeline/watched.ts';
import type { Store } from '../stores/store.ts';
import { resolveResource } from '../controls/deny-by-default/control.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { Sink } from './sink.ts';

/** Something that subscribers may have asked to hear of. */
export type Change =
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'list'; readonly name: string };

/** What a stream was granted. */
export interface Filter {
  readonly lists: ReadonlySet<string>;
  readonly uris: ReadonlySet<string>;
}

/** One open stream. */
interface Stream {
  readonly principal: Principal;
  readonly filter: Filter;
  readonly mayRead: (uri: string) => MaybePromise<boolean>;
  notify(method: string, params: JsonObject): void;
  end(): void;
}

/** Fans changes out to the streams that may hear of them, in this process and, through the store, in others. */
export interface Subscriptions {
  publish(change: Change): void;
  /** Resolves when the stream ends by the server's own doing; the caller then answers the request. */
  listen(options: ListenOptions): Promise<void>;
  /** Hears of every change without delivering it (legacy sessions keep their own lists). */
  tap(listener: (change: Change) => void): () => void;
  endFor(test: (principal: Principal) => boolean): void;
  close(): void;
}

/** What a new stream asks for. */
export interface ListenOptions {
  readonly id: RequestId;
  readonly principal: Principal;
  readonly filter: Filter;
  readonly sink: Sink;
  readonly streamMs: number;
  /** Asked again at each delivery: access that is gone ends what was granted by it. */
  readonly mayRead: (uri: string) => MaybePromise<boolean>;
  /** Changes at the origins of what it watches; ended with the stream. */
  readonly watched?: Watched;
}

const CHANNEL = 'changes';
const LISTS: ReadonlyMap<string, string> = new Map([
  ['toolsListChanged', 'tools'],
  ['promptsListChanged', 'prompts'],
  ['resourcesListChanged', 'resources'],
]);

/** The part of a requested filter that this server has. URIs are for the caller to have authorized first. */
export function readFilter(requested: unknown): {
  readonly lists: ReadonlySet<string>;
  readonly uris: readonly string[];
} {
  const filter = isObject(requested) ? requested : {};
  const lists = new Set([...LISTS].flatMap(([field, name]) => (filter[field] === true ? [name] : [])));
  const uris = Array.isArray(filter['resourceSubscriptions']) ? filter['resourceSubscriptions'] : [];
  return { lists, uris: uris.filter((uri): uri is string => typeof uri === 'string') };
}

/** The filter as an acknowledgment names it. */
function writeFilter({ lists, uris }: Filter): JsonObject {
  const fields = [...LISTS].flatMap(([field, name]) => (lists.has(name) ? [[field, true] as const] : []));
  return { ...Object.fromEntries(fields), ...(uris.size > 0 ? { resourceSubscriptions: [...uris] } : {}) };
}

/** Whether the principal's scopes reach the resource behind a URI. */
export function scopesReach(settings: Settings, principal: Principal, uri: string): boolean {
  const found = resolveResource(settings.catalog, uri);
  return found !== undefined && mayUse(found.target, principal);
}

/** Creates the fan-out over a store's publish and subscribe. */
export async function createSubscriptions(store: Store): Promise<Subscriptions> {
  const streams = new Set<Stream>();
  const taps = new Set<(change: Change) => void>();
  const stop = await store.subscribe(CHANNEL, (text) => {
    const change = parseChange(text);
    if (change === undefined) return;
    for (const tap of taps) tap(change);
    for (const stream of streams) void deliver(stream, change);
  });
  const lost = () => process.emitWarning('a change could not be published', 'StoreWarning');
  return {
    publish(change: Change): void {
      // Whoever made the change has made it, whether or not others hear of it.
      try {
        const published = store.publish(CHANNEL, JSON.stringify(change));
        if (published instanceof Promise) published.catch(lost);
      } catch {
        lost();
      }
    },
    listen: (options) => listen(streams, options),
    tap(listener: (change: Change) => void): () => void {
      taps.add(listener);
      return () => taps.delete(listener);
    },
    endFor(test: (principal: Principal) => boolean): void {
      for (const stream of streams) if (test(stream.principal)) stream.end();
    },
    close(): void {
      stop();
      for (const stream of streams) stream.end();
    },
  };
}

function parseChange(text: string): Change | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { kind, uri, name } = value;
  if (kind === 'resource' && typeof uri === 'string') return { kind, uri };
  return kind === 'list' && typeof name === 'string' ? { kind, name } : undefined;
}

async function deliver(stream: Stream, change: Change): Promise<void> {
  try {
    if (Date.now() >= stream.principal.expiresAt) return stream.end();
    if (change.kind === 'list') {
      if (stream.filter.lists.has(change.name)) stream.notify(`notifications/${change.name}/list_changed`, {});
      return;
    }
    if (!stream.filter.uris.has(change.uri)) return;
    if (await stream.mayRead(change.uri)) stream.notify('notifications/resources/updated', { uri: change.uri });
  } catch {
    stream.end();
  }
}

function listen(streams: Set<Stream>, options: ListenOptions): Promise<void> {
  const { id, principal, filter, sink, streamMs, mayRead, watched } = options;
  return new Promise((resolve) => {
    const meta = { [META.subscription]: id };
    let over = false;
    const notify = (method: string, params: JsonObject) => {
      // A delivery that was still being authorized when the stream ended is too late.
      if (!over) sink.notify(method, { ...params, _meta: meta });
    };
    let forget = (): void => undefined;
    const lifetime = Math.max(0, Math.min(streamMs, principal.expiresAt - Date.now(), 2 ** 31 - 1));
    const timer = setTimeout(() => stream.end(), lifetime);
    const stream: Stream = {
      principal,
      filter,
      mayRead,
      notify,
      end(): void {
        over = true;
        clearTimeout(timer);
        forget();
        streams.delete(stream);
        watched?.close();
        resolve();
      },
    };
    // INVARIANT: the acknowledgment is the first message of the stream (basic/patterns/subscriptions#acknowledgment).
    notify('notifications/subscriptions/acknowledged', { notifications: writeFilter(filter) });
    streams.add(stream);
    watched?.hearBy((uri) => void deliver(stream, { kind: 'resource', uri }));
    forget = sink.onGone(() => stream.end());
  });
}
