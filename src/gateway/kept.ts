import { boundTtl } from '../controls/cache-isolation/control.ts';
import { REGISTER_CHANNEL } from '../controls/kill-switch/register.ts';
import type { JsonObject } from '../protocol/json.ts';
import { keepFresh } from '../server/freshness.ts';
import { REVOCATIONS } from '../server/revocations.ts';
import type { Store } from '../stores/store.ts';
import { toMilliseconds, type Duration } from '../text/duration.ts';
import type { UpstreamOptions } from './options.ts';

const MOST_ENTRIES = 512;
const MOST_BYTES = 16 * 1_048_576;
const MOST_BYTES_EACH = 1_048_576;

/** How an answer of an upstream may be kept, where it may be. */
export interface Keep {
  /** Stands for who asks, with which credential and scopes; see `contextKey`. */
  readonly context: string;
  /** Milliseconds that it is kept for at most, whatever the upstream says. */
  readonly mostMs: number;
}

interface Entry {
  readonly result: JsonObject;
  readonly until: number;
  readonly bytes: number;
}

/**
 * Answers of one upstream that may be given again (ISO-07), each under who asked, what was asked, and with which credential:
 * what the upstream says of others it may be given to does not count. The oldest give way.
 */
export class Kept {
  readonly #entries = new Map<string, Entry>();
  readonly #isolates: boolean;
  #bytes = 0;
  #clears = 0;

  /** @param isolates Whether each caller has answers of their own; they have, unless the control is off. */
  constructor(isolates = true) {
    this.#isolates = isolates;
  }

  /**
   * Gives what is kept, or asks and keeps the answer for as long as both its upstream and the configuration let it. Either
   * comes with how long it stays fresh; see `freshnessOf`.
   */
  async answer(keep: Keep, method: string, params: JsonObject, ask: () => Promise<JsonObject>): Promise<JsonObject> {
    const key = JSON.stringify([this.#isolates ? keep.context : '', method, params]);
    const known = this.#get(key);
    if (known !== undefined) return known;
    const times = this.#clears;
    const result = await ask();
    const { ttlMs: said } = result;
    const ttlMs = this.#isolates ? boundTtl(said, keep.mostMs) : Math.abs(Number(said)) || 0;
    // INVARIANT: what was asked before everything was forgotten is as old as what was forgotten.
    if (times !== this.#clears) return keepFresh({ ...result }, 0);
    this.#put(key, result, ttlMs);
    return keepFresh({ ...result }, ttlMs);
  }

  /** Forgets everything: something has happened after which nothing of it may be given. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#clears += 1;
  }

  #get(key: string): JsonObject | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const leftMs = Math.floor(entry.until - performance.now());
    if (leftMs > 0) return keepFresh({ ...entry.result }, leftMs);
    this.#drop(key);
    return undefined;
  }

  #put(key: string, result: JsonObject, ttlMs: number): void {
    this.#drop(key);
    const bytes = ttlMs === 0 ? 0 : Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(result));
    if (ttlMs === 0 || bytes > MOST_BYTES_EACH) return;
    this.#entries.set(key, { result, until: performance.now() + ttlMs, bytes });
    this.#bytes += bytes;
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES && this.#bytes <= MOST_BYTES) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

/**
 * Milliseconds for which the contents of a resource may be kept; `undefined` where they are not.
 * @throws TypeError when the deployment says what cannot be.
 */
export function mostKept(
  id: string,
  own: string,
  { cache, asks = [] }: { readonly cache?: string | undefined; readonly asks?: readonly unknown[] },
  { credential }: UpstreamOptions,
): number | undefined {
  if (cache === undefined) return undefined;
  const where = `upstreams.${id}.resources.${own}.cache`;
  if (asks.length > 0)
    throw new TypeError(`${where}: what comes of questions to the caller is not kept. Leave out cache or asks.`);
  if (credential?.kind === 'login')
    throw new TypeError(
      `${where}: what belongs to a login is not kept, for the login may become another. Leave it out.`,
    );
  return toMilliseconds(cache as Duration, where);
}

/** Answers that are forgotten when something is switched off or on, or a principal is revoked, until `stop` is called. */
export interface OpenKept {
  readonly kept: Kept;
  readonly stop: () => void;
}

/** Opens a place for answers on a store; see {@link Kept}. */
export async function openKept(isolates: boolean, store: Store): Promise<OpenKept> {
  const kept = new Kept(isolates);
  const forget = (): void => kept.clear();
  const stops = [await store.subscribe(REGISTER_CHANNEL, forget), await store.subscribe(REVOCATIONS, forget)];
  return {
    kept,
    stop() {
      for (const stop of stops) stop();
    },
  };
}
