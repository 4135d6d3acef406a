import { randomBytes } from 'node:crypto';
import type { Sealer } from '../pipeline/seal.ts';
import type { Store } from '../stores/store.ts';
import type { Approval, DecidedBy } from './approval.ts';
import { readApproval } from './read.ts';

/** An approval as it was read, with the sealed text that a change has to replace. */
export interface Held {
  readonly approval: Approval;
  readonly sealed: string;
}

/** A request for approval that has no id and no times yet. */
export type Draft = Omit<Approval, 'id' | 'state' | 'created' | 'expires' | 'decided'>;

/** The requests for approval of every instance on one store. */
export interface ApprovalBook {
  find(id: string): Promise<Held | undefined>;
  /** The request that is open, or decided and not used, for exactly this binding. */
  findBound(binding: string): Promise<Held | undefined>;
  /** Opens a request; an identical one that is open already is given back instead. */
  open(draft: Draft): Promise<{ readonly held: Held; readonly isNew: boolean }>;
  /** Decides: false when it was decided, used or expired meanwhile. */
  decide(held: Held, state: 'approved' | 'denied', decided: DecidedBy): Promise<boolean>;
  /** Takes an approval for its one use: false when another call has taken it, in any instance. */
  take(held: Held): Promise<boolean>;
  /** Resolves with the request when it is decided, or as it stands after `mostMs`, or when the signal aborts. */
  settled(id: string, mostMs: number, signal: AbortSignal): Promise<Held | undefined>;
}

const ID = /^[A-Za-z0-9_-]{22}$/;
const CHANNEL = 'approvals';
/** How long a request is kept after its time, so that its page can say what became of it. */
const KEEP_MS = 600_000;
/** Another process may decide without a message that reaches this one. */
const LOOK_MS = 1_000;

/**
 * Keeps requests for approval in the store, sealed under the root keys with their id as context: whoever can write to the
 * store can neither read nor make one. Every change replaces exactly the text that was read (compare-and-set), so that of
 * two instances one succeeds.
 */
export function createApprovalBook(store: Store, sealer: Sealer, approvalMs: number): ApprovalBook {
  const keyOf = (id: string) => `approval:${id}`;
  const indexOf = (binding: string) => `approval-of:${binding}`;
  const seal = (approval: Approval) => sealer.seal('approval', [approval.id], JSON.stringify(approval));

  async function find(id: string): Promise<Held | undefined> {
    if (!ID.test(id)) return undefined;
    const sealed = await store.get(keyOf(id));
    const text = sealed === undefined ? undefined : sealer.open('approval', [id], sealed);
    const approval = text === undefined ? undefined : readApproval(text);
    return sealed === undefined || approval?.id !== id ? undefined : { approval, sealed };
  }

  async function findBound(binding: string): Promise<Held | undefined> {
    const id = await store.get(indexOf(binding));
    const held = id === undefined ? undefined : await find(id);
    // INVARIANT: the index is a hint; what it leads to must be bound to this very call, and alive.
    if (held?.approval.binding !== binding || held.approval.state === 'used') return undefined;
    return held.approval.expires > Date.now() ? held : undefined;
  }

  async function change(held: Held, next: Approval): Promise<boolean> {
    const done = await store.compareAndSet(
      keyOf(next.id),
      held.sealed,
      seal(next),
      next.expires - Date.now() + KEEP_MS,
    );
    if (done) await store.publish(CHANNEL, next.id);
    return done;
  }

  return {
    find,
    findBound,
    async open(draft) {
      const present = await findBound(draft.binding);
      if (present !== undefined) return { held: present, isNew: false };
      const created = Date.now();
      const id = randomBytes(16).toString('base64url');
      const approval: Approval = { ...draft, id, state: 'pending', created, expires: created + approvalMs };
      const sealed = seal(approval);
      await store.put(keyOf(id), sealed, approvalMs + KEEP_MS);
      const stale = await store.get(indexOf(draft.binding));
      const entered =
        stale === undefined
          ? await store.add(indexOf(draft.binding), id, approvalMs + KEEP_MS)
          : await store.compareAndSet(indexOf(draft.binding), stale, id, approvalMs + KEEP_MS);
      if (entered) return { held: { approval, sealed }, isNew: true };
      await store.delete(keyOf(id));
      const first = await findBound(draft.binding);
      if (first === undefined) throw new Error('a request for approval vanished while it was opened');
      return { held: first, isNew: false };
    },
    async decide(held, state, decided) {
      const { approval } = held;
      if (approval.state !== 'pending' || approval.expires <= Date.now()) return false;
      return change(held, { ...approval, state, decided, expires: decided.at + approvalMs });
    },
    async take(held) {
      const { approval } = held;
      if (approval.state !== 'approved' || approval.expires <= Date.now()) return false;
      return change(held, { ...approval, state: 'used' });
    },
    async settled(id, mostMs, signal) {
      const until = Date.now() + mostMs;
      let wake: () => void = () => undefined;
      const stop = await store.subscribe(CHANNEL, (changed) => {
        if (changed === id) wake();
      });
      try {
        for (;;) {
          let timer: NodeJS.Timeout | undefined;
          const woken = new Promise<void>((resolve) => {
            wake = resolve;
            timer = setTimeout(resolve, Math.max(1, Math.min(LOOK_MS, until - Date.now())));
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
          const held = await find(id);
          const isOver = signal.aborted || Date.now() >= until;
          if (held?.approval.state !== 'pending' || held.approval.expires <= Date.now() || isOver) {
            clearTimeout(timer);
            return held;
          }
          await woken;
          clearTimeout(timer);
        }
      } finally {
        stop();
      }
    },
  };
}
