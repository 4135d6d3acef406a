import { StoreUnavailable } from '../errors.ts';
import type { Label } from '../pipeline/catalog.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import { NO_LABELS } from '../pipeline/flows.ts';
import type { Sealer } from '../pipeline/seal.ts';
import { isObject } from '../protocol/json.ts';
import type { Store } from '../stores/store.ts';
import { Trace, type TraceKey } from './trace.ts';

/** What is known of a task: what it has read, and how much of it has gone out in pieces. */
export interface TaskState {
  readonly labels: ReadonlySet<Label>;
  /** Keyed digests of pieces that went out, with the letters of each. */
  readonly pieces: ReadonlyMap<string, number>;
  /** When its idle time began anew, in milliseconds since the epoch. */
  readonly at: number;
}

/** Keeps tasks in the store. Labels are only ever added; a task that is idle for its time is forgotten. */
export interface Ledger {
  /** The state of a task; undefined where nothing is known of it. */
  read(task: string): MaybePromise<TaskState | undefined>;
  /** Makes a task that has read nothing. */
  create(task: string): MaybePromise<void>;
  /** Adds labels; when it resolves, every instance sees them. */
  label(task: string, labels: Iterable<Label>): Promise<void>;
  /** Starts the idle time anew, where a good part of it is over. */
  touch(task: string, state: TaskState): MaybePromise<void>;
  /** What the task has read in private; undefined where that is nothing. */
  trace(task: string): MaybePromise<Trace | undefined>;
  /** Adds to what the task has read in private. */
  extend(task: string, add: (trace: Trace, empty: () => Trace) => void): Promise<void>;
  /** Counts pieces; gives the letters of all pieces so far, each piece once. */
  count(task: string, pieces: ReadonlyMap<string, number>): Promise<number>;
}

/** What a ledger needs. */
export interface LedgerOptions {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly key: TraceKey;
  readonly idleMs: number;
}

const ATTEMPTS = 50;
const MOST_PIECES = 256;
const LABELS: readonly Label[] = ['private', 'untrusted'];
const NEW: TaskState = Object.freeze({ labels: NO_LABELS, pieces: new Map<string, number>(), at: 0 });

/** Creates the ledger of a host. */
export function createLedger({ store, sealer, key, idleMs }: LedgerOptions): Ledger {
  const stateKey = (task: string): string => `task:${task}`;
  const traceKey = (task: string): string => `trace:${task}`;
  // INVARIANT: what was read is not forgotten before its label is.
  const traceMs = idleMs * 2;

  /** INVARIANT: no change is lost: what another call wrote meanwhile is read again and kept. */
  const change = async (
    at: string,
    ttlMs: number,
    edit: (present: string | undefined) => string | undefined,
  ): Promise<void> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const present = await store.get(at);
      const next = edit(present);
      if (next === undefined) return;
      const done =
        present === undefined ? await store.add(at, next, ttlMs) : await store.compareAndSet(at, present, next, ttlMs);
      if (done) return;
    }
    throw new StoreUnavailable('compareAndSet', new Error('a task was changed by too many calls at once'));
  };
  const changeState = (task: string, edit: (state: TaskState) => Partial<TaskState> | undefined): Promise<void> =>
    change(stateKey(task), idleMs, (present) => {
      const state = parseState(present) ?? { ...NEW, at: Date.now() };
      const edited = edit(state);
      return edited === undefined ? undefined : writeState({ ...state, ...edited });
    });
  const openTrace = (task: string, sealed: string | undefined): Trace | undefined => {
    if (sealed === undefined) return undefined;
    const text = sealer.open('trace', [task], sealed);
    // What cannot be opened could have held anything.
    if (text === undefined) throw new StoreUnavailable('get', new Error('a trace does not open'));
    return Trace.parse(key, Buffer.from(text, 'base64'));
  };
  const refresh = async (task: string, seen: TaskState): Promise<void> => {
    await change(traceKey(task), traceMs, (present) => present);
    // INVARIANT: what a call saw is there for the next one, though the task was forgotten in between.
    await changeState(task, ({ labels }) => ({ labels: new Set([...labels, ...seen.labels]), at: Date.now() }));
  };

  return {
    read: (task) => then(store.get(stateKey(task)), parseState),
    create: (task) => store.put(stateKey(task), writeState({ ...NEW, at: Date.now() }), idleMs),
    label: (task, labels) =>
      changeState(task, (state) => {
        const all = new Set([...state.labels, ...labels]);
        return all.size === state.labels.size && isFresh(state, idleMs) ? undefined : { labels: all, at: Date.now() };
      }),
    touch: (task, state) => (isFresh(state, idleMs) ? undefined : refresh(task, state)),
    trace: (task) => then(store.get(traceKey(task)), (sealed) => openTrace(task, sealed)),
    extend: (task, add) =>
      change(traceKey(task), traceMs, (present) => {
        const trace = openTrace(task, present) ?? new Trace(key);
        const before = trace.version;
        add(trace, () => new Trace(key));
        return trace.version === before
          ? undefined
          : sealer.seal('trace', [task], trace.serialise().toString('base64'));
      }),
    async count(task, pieces) {
      let total = 0;
      await changeState(task, (state) => {
        const all = new Map([...state.pieces, ...pieces]);
        total = [...all.values()].reduce((sum, letters) => sum + letters, 0);
        return all.size === state.pieces.size || all.size > MOST_PIECES ? undefined : { pieces: all };
      });
      return total;
    },
  };
}

function isFresh({ at }: TaskState, idleMs: number): boolean {
  return Date.now() - at < idleMs / 8;
}

function then<A, B>(value: MaybePromise<A>, read: (value: A) => B): MaybePromise<B> {
  return value instanceof Promise ? value.then(read) : read(value);
}

/** A state that cannot be read counts as one that has read everything. */
function parseState(text: string | undefined): TaskState | undefined {
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !Array.isArray(value['labels'])) return { labels: new Set(LABELS), pieces: new Map(), at: 0 };
  const names: readonly unknown[] = value['labels'];
  const pieces = new Map<string, number>();
  for (const [digest, letters] of Object.entries(isObject(value['pieces']) ? value['pieces'] : {}))
    if (typeof letters === 'number') pieces.set(digest, letters);
  return {
    labels: new Set(LABELS.filter((label) => names.includes(label))),
    pieces,
    at: typeof value['at'] === 'number' ? value['at'] : 0,
  };
}

function writeState({ labels, pieces, at }: TaskState): string {
  return JSON.stringify({ labels: [...labels], pieces: Object.fromEntries(pieces), at });
}
