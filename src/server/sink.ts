import type { JsonObject } from '../protocol/json.ts';

/** Where the messages of one call go besides its answer; each host and era has its own. */
export interface Sink {
  /** Sends a notification that belongs to this request. Dropped when the caller is gone. */
  notify(method: string, params: JsonObject): void;
  /** Puts questions to the client within the call, where the era has live requests; else the call ends its round. */
  readonly ask?: (requests: ReadonlyMap<string, JsonObject>) => Promise<ReadonlyMap<string, unknown>>;
  /** Calls back once when the caller goes away, or at once when it has gone; until the function that it gives is called. */
  onGone(listener: () => void): () => void;
}

/** A sink for work that has nobody listening. */
export const NO_SINK: Sink = Object.freeze({ notify: () => undefined, onGone: () => () => undefined });
