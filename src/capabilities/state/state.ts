import { createHmac, randomBytes } from 'node:crypto';
import { PublicError } from '../../errors.ts';
import type { MaybePromise } from '../../pipeline/decision.ts';
import type { Store } from '../../stores/store.ts';
import { type Duration, toMilliseconds } from '../../text/duration.ts';
import type { Capability, CapabilityContext, CapabilityHandle, CapabilityRuntime } from '../capability.ts';
import { lifeOf } from '../life.ts';
import { remoteState } from './remote.ts';
import { createIndex, type StateIndex } from './state-index.ts';

/** Values kept between calls, under the calling principal alone. */
export interface State<T> {
  /**
   * Keeps a value and gives its handle, like `basket_dEadbeef...`: 128 random bits. A handle is a name, not a right:
   * another principal's answers like one that never was.
   * @throws PublicError when the principal has too many, RangeError when the value is too large.
   */
  create(value: T): Promise<string>;
  /** The value; undefined for a handle that is unknown, expired or another principal's. */
  get(handle: string): Promise<T | undefined>;
  /**
   * Replaces the value, by `change` of the present one, and starts its time anew. Undefined as for `get`. `change` may
   * run again when another call changes the value meanwhile.
   */
  update(handle: string, change: (present: T) => T): Promise<T | undefined>;
  /** Forgets the value: true when there was one. */
  delete(handle: string): Promise<boolean>;
}

/** Bounds of one kind of state. */
export interface StateOptions {
  /** Begins each handle: 1 to 32 lower-case letters; `state` when absent. */
  readonly prefix?: string;
  /** Most values of one principal at a time; 100 when absent. */
  readonly maxPerPrincipal?: number;
  /** Most characters of one value as JSON; 65,536 when absent. */
  readonly maxCharacters?: number;
}

const OPTIONS = new Set(['prefix', 'maxPerPrincipal', 'maxCharacters']);
const MONTH_MS = 31 * 86_400_000;
const ATTEMPTS = 20;

/**
 * Declares values that live between calls, each for `ttl` after its last change (at most 31 days).
 * @throws TypeError for a TTL or an option that is not valid.
 */
export function state<T = unknown>(ttl: Duration, options: StateOptions = {}): Capability<State<T>> {
  const ttlMs = toMilliseconds(ttl, 'state(ttl)');
  if (ttlMs > MONTH_MS) throw new TypeError('state(ttl): at most 31 days. Keep what lasts in a database.');
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw new TypeError(`state() has no option "${name}". It has ${[...OPTIONS].join(', ')}.`);
  }
  const { prefix = 'state', maxPerPrincipal = 100, maxCharacters = 65_536 } = options;
  if (!/^[a-z]{1,32}$/.test(prefix)) throw new TypeError('"prefix" must be 1 to 32 lower-case letters.');
  if (!Number.isSafeInteger(maxPerPrincipal) || maxPerPrincipal < 1 || maxPerPrincipal > 1000) {
    throw new TypeError('"maxPerPrincipal" must be a whole number from 1 to 1000.');
  }
  if (!Number.isSafeInteger(maxCharacters) || maxCharacters < 1 || maxCharacters > 1_000_000) {
    throw new TypeError('"maxCharacters" must be a whole number from 1 to 1,000,000.');
  }
  const bounds: Bounds = Object.freeze({ prefix, ttlMs, maxPerPrincipal, maxCharacters });
  return Object.freeze({
    kind: 'state',
    declares: Object.freeze({ prefix, ttlMs }),
    remote: remoteState<T>(),
    open: (runtime: CapabilityRuntime): CapabilityHandle<State<T>> => ({
      grant: (context) => createState<T>(bounds, runtime, context),
      close: () => undefined,
    }),
  });
}

interface Bounds {
  readonly prefix: string;
  readonly ttlMs: number;
  readonly maxPerPrincipal: number;
  readonly maxCharacters: number;
}

function createState<T>(bounds: Bounds, runtime: CapabilityRuntime, context: CapabilityContext): State<T> {
  const { principal, meter } = context;
  const life = lifeOf(context);
  const { prefix, ttlMs, maxCharacters } = bounds;
  const { store } = runtime;
  const owner = `state:${principal.id}:${prefix}`;
  const shape = new RegExp(`^${prefix}_[A-Za-z0-9_-]{22}$`);
  const index = createIndex(store, `${owner}:index`, bounds);

  // INVARIANT: the key names the principal and holds the handle only as a keyed hash, so neither a guessed handle nor a
  // look into the store leads to another's value.
  const keyOf = (handle: unknown): string | undefined =>
    typeof handle === 'string' && shape.test(handle)
      ? `${owner}:${createHmac('sha256', runtime.stateKey).update(`${owner}:${handle}`).digest('base64url')}`
      : undefined;
  const encode = (value: T): string => {
    // INVARIANT: nothing is changed for an outcome that has been told.
    if (life.over) throw new Error('the call has ended');
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError('A state value must be JSON.');
    if (text.length > maxCharacters) throw new RangeError(`A state value may have ${maxCharacters} characters.`);
    meter?.spend('diskBytes', text.length);
    return text;
  };

  return Object.freeze({
    async create(value: T): Promise<string> {
      const text = encode(value);
      const handle = `${prefix}_${randomBytes(16).toString('base64url')}`;
      const key = keyOf(handle) ?? '';
      if (!(await index.enter(key))) {
        throw new PublicError('There are too many of these at a time. Finish or delete one first.');
      }
      try {
        await store.put(key, text, ttlMs);
      } catch (error) {
        // What was not kept takes nobody's place; where this fails too, it does until its time is over.
        await index.leave(key).catch(() => undefined);
        throw error;
      }
      return handle;
    },
    async get(handle: string): Promise<T | undefined> {
      const key = keyOf(handle);
      const text = key === undefined ? undefined : await store.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as T);
    },
    update: async (handle: string, change: (present: T) => T): Promise<T | undefined> =>
      update(store, index, keyOf(handle), ttlMs, (text) => encode(change(JSON.parse(text) as T))) as Promise<
        T | undefined
      >,
    async delete(handle: string): Promise<boolean> {
      const key = keyOf(handle);
      if (life.over) throw new Error('the call has ended');
      if (key === undefined || !(await store.delete(key))) return false;
      await index.leave(key);
      return true;
    },
  });
}

async function update(
  store: Store,
  index: StateIndex,
  key: string | undefined,
  ttlMs: number,
  change: (text: string) => MaybePromise<string>,
): Promise<unknown> {
  if (key === undefined) return undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const present = await store.get(key);
    if (present === undefined) return undefined;
    const next = await change(present);
    if (await store.compareAndSet(key, present, next, ttlMs)) {
      await index.enter(key);
      return JSON.parse(next);
    }
  }
  throw new Error('the state was changed by too many calls at once');
}
