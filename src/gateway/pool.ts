import { configure, type ExtensionRules } from '../controls/closed-extensions/control.ts';
import type { ErrorCode } from '../errors.ts';
import { deny } from '../pipeline/decision.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { Refusal } from '../server/refusal.ts';
import { neutralise } from '../text/neutralise.ts';
import type { Connector, Running } from './connector.ts';
import { ITEM_KINDS, type ItemKind } from './items.ts';
import { Kept, type Keep } from './kept.ts';
import { LinkError, type LinkCall, type LinkReason } from './link.ts';
import { isSameServer, standingOf, type PinnedUpstream } from './lock.ts';
import { Watches } from './watches.ts';
import { readOffer, type Offer, type Session } from './session.ts';

const IDLE_MS = 10 * 60_000;
const MOST_PROCESSES = 32;
/** A call looks again at what an upstream offers when the last look is older than this. */
const LOOK_MS = 60_000;
const LOOK_WAIT_MS = 10_000;
/** How often one call looks again because a list has changed meanwhile. */
const MOST_LOOKS = 3;
/** What runs this long has not failed at its start. */
const STEADY_MS = 30_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;

/** What a caller is told. */
const CODES: Readonly<Record<LinkReason, ErrorCode>> = {
  closed: 'UPSTREAM_FAILED',
  timeout: 'DEADLINE_EXCEEDED',
  busy: 'OVERLOADED',
  cancelled: 'CANCELLED',
  malformed: 'UPSTREAM_FAILED',
  refused: 'UPSTREAM_FAILED',
};

/** How often an upstream is looked at again; a minute when absent. */
export interface PoolOptions {
  /** Milliseconds after which what it offers is read again, before the next call. */
  readonly lookEveryMs?: number;
  /** Whether what is not as it was approved is held; it is, unless the control is off. */
  readonly holds?: boolean;
  /** Where answers are kept that may be given again. */
  readonly kept?: Kept;
  /** Told when there is no process for a principal, and none that nobody uses: what only waits may give way. */
  readonly relieve?: () => void;
  /** What its results may be; of no extension when absent. */
  readonly extensions?: ExtensionRules;
}

/** What a request is about. */
export interface PoolItem {
  readonly kind: ItemKind;
  readonly id: string;
  /** Whether its answer may be kept, and how; it is asked for anew each time when absent. */
  readonly keep?: Keep | undefined;
}

function keyOf(kind: ItemKind, id: string): string {
  return `${kind} ${id}`;
}

/** One process, from its start on. */
class Slot {
  readonly key: string;
  readonly running: Promise<Running>;
  readonly began: number = Date.now();
  /** Keys of items that are not as they were approved. */
  held: ReadonlySet<string> = new Set();
  /** Whether the server says of itself what it did when it was approved. */
  isSame = true;
  /** How often it said that a list has changed, and how often it had when the last look began. */
  changes = 0;
  seen = 0;
  /** When the last look that was judged began (`performance.now()`), and the one that is in progress. */
  looked: number = performance.now();
  looking: Promise<void> | undefined;
  used: number = Date.now();
  busy = 0;

  constructor(key: string, start: (slot: Slot) => Promise<Running>) {
    this.key = key;
    this.running = start(this);
  }
}

/** How often the processes of one principal have failed at once, and when one may be started again. */
interface Failures {
  readonly count: number;
  readonly startableAt: number;
}

/** The processes of one upstream: one for each principal, or one for all. */
export class Pool {
  readonly #connector: Connector;
  #pinned: PinnedUpstream;
  readonly #shared: boolean;
  /** Kinds of which something is approved: the others need no look. */
  #kinds: readonly ItemKind[];
  readonly #lookEveryMs: number;
  readonly #holds: boolean;
  readonly #kept: Kept;
  readonly #relieve: () => void;
  readonly #extensions: ExtensionRules;
  readonly #slots = new Map<string, Slot>();
  readonly #watches = new Watches();
  readonly #failures = new Map<string, Failures>();
  #closed = false;
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    connector: Connector,
    pinned: PinnedUpstream,
    shared: boolean,
    {
      lookEveryMs = LOOK_MS,
      holds = true,
      kept = new Kept(),
      relieve = () => undefined,
      extensions = configure(new Set()),
    }: PoolOptions = {},
  ) {
    this.#connector = connector;
    this.#pinned = pinned;
    this.#shared = shared;
    this.#kinds = approvedKinds(pinned);
    this.#lookEveryMs = lookEveryMs;
    this.#holds = holds;
    this.#kept = kept;
    this.#relieve = relieve;
    this.#extensions = extensions;
  }

  /**
   * Asks for one item, once: a request that failed may have had its effect.
   * @throws Refusal with what went wrong.
   */
  request(principal: string, item: PoolItem, method: string, params: JsonObject, call: LinkCall): Promise<JsonObject> {
    return this.#with(principal, item, async ({ link }) => {
      const ask = async (): Promise<JsonObject> => {
        const result = await link.request(method, params, { ...call, owner: principal });
        if (this.#extensions.typeOf(result) !== 'complete')
          throw new LinkError('malformed', 'its result is of no type that is known');
        return this.#extensions.strip(result);
      };
      return item.keep === undefined ? ask() : this.#kept.answer(item.keep, method, params, ask);
    });
  }

  /**
   * Asks to be told when a resource has changed or may have; gives what ends it.
   * @throws Refusal when the upstream does not tell.
   */
  watch(principal: string, item: PoolItem, uri: string, changed: () => void): Promise<() => void> {
    return this.#with(principal, item, (session, { key }) => this.#watches.begin(key, uri, session, changed));
  }

  async #with<T>(principal: string, item: PoolItem, work: (session: Session, slot: Slot) => Promise<T>): Promise<T> {
    try {
      const slot = this.#slotOf(this.#shared ? '' : principal);
      slot.busy += 1;
      this.#busy += 1;
      try {
        const { session } = await slot.running;
        await this.#know(slot, session);
        // INVARIANT: what is asked for is what was approved; an item that has changed meanwhile is held.
        if (this.#holds && (!slot.isSame || slot.held.has(keyOf(item.kind, item.id))))
          throw this.#heldBack(`"${item.id}" is not as pinned`);
        return await work(session, slot);
      } finally {
        slot.busy -= 1;
        this.#busy -= 1;
        slot.used = Date.now();
        if (this.#busy === 0) for (const each of this.#waiting.splice(0)) each();
      }
    } catch (error) {
      if (error instanceof LinkError) throw this.refusal(error, item.kind);
      throw error;
    }
  }

  /** Goes by another pin of the same upstream: each process is looked at anew before its next call. */
  repin(pinned: PinnedUpstream): void {
    if (canonicalJson(pinned) === canonicalJson(this.#pinned)) return;
    this.#pinned = pinned;
    this.#kinds = approvedKinds(pinned);
    this.#kept.clear();
    // As if it had said that its lists have changed: a look that goes on meanwhile does not count for this pin.
    for (const slot of this.#slots.values()) slot.changes += 1;
  }

  /** Resolves when no request is in progress. */
  idle(): Promise<void> {
    return this.#busy === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #heldBack(why: string): Refusal {
    return new Refusal(deny('DEFINITION_HELD', { detail: `upstream ${this.#connector.id}: ${why}` }));
  }

  /** What a client is told of an upstream that did not serve it: a code, and nothing of its words. */
  refusal({ reason, detail, refusedWith }: LinkError, kind: ItemKind = 'tools'): Refusal {
    const { id } = this.#connector;
    const { error } = refusedWith;
    const code = codeOf(reason, error, kind);
    const said = `upstream ${id}: ${reason}: ${neutralise(detail.slice(0, 300))}`;
    // A call that was not made can be made again: places become free as soon as one is answered.
    return new Refusal(
      deny(code, {
        detail: said,
        ...(code === 'OVERLOADED' ? { retryAfter: 1 } : {}),
        ...(code === 'CAPABILITY_MISSING' ? { data: { requiredCapabilities: neededBy(error) } } : {}),
      }),
    );
  }

  #slotOf(key: string): Slot {
    if (this.#closed) throw new LinkError('closed', 'the gateway is closing');
    this.#tidy();
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    this.#makeRoom();
    const slot = new Slot(key, (each) => this.#start(each));
    this.#slots.set(key, slot);
    // Whoever has no credential yet is not kept waiting once there is one.
    slot.running.catch((error: unknown) => (error instanceof Refusal ? this.#forget(slot) : this.#ended(slot, error)));
    return slot;
  }

  /** A process that nobody uses now gives its place to a principal who has none. */
  #makeRoom(): void {
    if (this.#slots.size < (this.#connector.most ?? MOST_PROCESSES)) return;
    const [oldest] = [...this.#slots.values()].filter(({ busy }) => busy === 0).toSorted((a, b) => a.used - b.used);
    if (oldest === undefined) {
      this.#relieve();
      throw new Refusal(deny('OVERLOADED', { retryAfter: 5 }));
    }
    this.#forget(oldest);
  }

  async #start(slot: Slot): Promise<Running> {
    const { count = 0, startableAt = 0 } = this.#failures.get(slot.key) ?? {};
    const wait = startableAt - Date.now();
    if (wait > 0) throw new LinkError('closed', `it failed ${count} times; it is not started for ${wait} ms`);
    const running = await this.#connector.connect(slot.key, {
      kinds: this.#kinds,
      // Only counted, so that one that says it again and again costs nothing: the next call looks.
      changed: () => {
        slot.changes += 1;
        this.#kept.clear();
      },
      updated: (uri) => {
        this.#kept.clear();
        this.#watches.tell(slot.key, uri);
      },
      closed: () => this.#ended(slot),
    });
    this.#judge(slot, running.offer);
    this.#watches.resume(slot.key, running.session);
    if (count > 0) this.#connector.log(`upstream ${this.#connector.id}: it has started after it failed ${count} times`);
    return running;
  }

  /**
   * What has ended is started anew by the next call. One principal's that fails again at once waits longer each time, and
   * nobody else's does.
   */
  #ended(slot: Slot, why?: unknown): void {
    // What was ended here has not failed, and another process may have its place by now.
    if (this.#slots.get(slot.key) !== slot) return;
    this.#forget(slot);
    const { count = 0, startableAt = 0 } = this.#failures.get(slot.key) ?? {};
    const now = Date.now();
    // It was not started at all.
    if (startableAt > slot.began) return;
    this.#failures.delete(slot.key);
    if (now - slot.began >= STEADY_MS) return;
    const waitMs = count === 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - 1), LONGEST_WAIT_MS);
    this.#failures.set(slot.key, { count: count + 1, startableAt: now + waitMs });
    // An operator has to hear of it: the gateway itself stays ready.
    const said = why instanceof LinkError ? `: ${why.reason}: ${neutralise(why.detail.slice(0, 300))}` : '';
    this.#connector.log(
      `upstream ${this.#connector.id}: it failed soon after its start (${count + 1})${said}. A call starts it again${waitMs === 0 ? '' : `, not before ${waitMs} ms`}`,
    );
  }

  /**
   * INVARIANT: a call is made on what was read since a list of the upstream last changed, and not long ago: one that
   * changes without a word is found out, and one that does not answer any more.
   */
  async #know(slot: Slot, session: Session): Promise<void> {
    const since = performance.now() - this.#lookEveryMs;
    for (let looks = 0; slot.seen !== slot.changes || slot.looked < since; looks++) {
      if (looks === MOST_LOOKS) throw this.#heldBack('its lists change faster than they can be read');
      await (slot.looking ??= this.#look(slot, session));
    }
  }

  async #look(slot: Slot, session: Session): Promise<void> {
    const { changes } = slot;
    const began = performance.now();
    try {
      this.#judge(slot, await readOffer(session, { timeoutMs: LOOK_WAIT_MS }, this.#kinds));
      slot.seen = changes;
      // INVARIANT: not before it has been judged: calls that come meanwhile wait for it.
      slot.looked = began;
    } catch (error) {
      this.#ended(slot, error);
      throw error;
    } finally {
      slot.looking = undefined;
    }
  }

  #judge(slot: Slot, offer: Offer): void {
    const before = slot.held;
    const held = new Set<string>();
    // One that is another, or has other instructions for models, is not the one whose tools were approved.
    const isSame = isSameServer(this.#pinned, offer);
    if (!isSame && slot.isSame)
      this.#connector.log(
        `upstream ${this.#connector.id}: its name, version or instructions are not as pinned, and all of it is held`,
      );
    slot.isSame = isSame;
    for (const kind of this.#kinds) {
      const standing = standingOf(this.#pinned, offer, kind);
      for (const [name, each] of standing) if (each !== 'approved') held.add(keyOf(kind, name));
      for (const [name, { approved }] of Object.entries(this.#pinned[kind] ?? {})) {
        const key = keyOf(kind, name);
        if (approved !== undefined && held.has(key) && !before.has(key))
          this.#connector.log(
            `upstream ${this.#connector.id}: "${neutralise(name)}" is ${standing.get(name)}, and held`,
          );
      }
    }
    slot.held = held;
  }

  #forget(slot: Slot): void {
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
    // What comes in its place may have other answers.
    this.#kept.clear();
    this.#watches.ended(slot.key);
    void slot.running.then(
      (running) => running.stop(),
      () => undefined,
    );
  }

  /** Ends what has been idle for long, and forgets failures of long ago. */
  #tidy(): void {
    const now = Date.now();
    for (const slot of this.#slots.values())
      if (slot.busy === 0 && slot.used < now - IDLE_MS && !this.#watches.has(slot.key)) this.#forget(slot);
    for (const [key, { startableAt }] of this.#failures)
      if (startableAt < now - LONGEST_WAIT_MS) this.#failures.delete(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    await Promise.all(
      slots.map(({ running }) =>
        running.then(
          (each) => each.stop(),
          () => undefined,
        ),
      ),
    );
  }
}

/** Kinds of which something is approved. */
function approvedKinds(pinned: PinnedUpstream): readonly ItemKind[] {
  return ITEM_KINDS.filter((kind) => Object.values(pinned[kind] ?? {}).some(({ approved }) => approved !== undefined));
}

const MISSING_CAPABILITY = -32021;
/** Of the eras in their order (MCP 2025-11-25 and 2026-07-28 server/resources#error-handling). */
const NOT_FOUND: ReadonlySet<unknown> = new Set([-32002, -32602]);

function codeOf(reason: LinkReason, error: JsonObject | undefined, kind: ItemKind): ErrorCode {
  if (error?.['code'] === MISSING_CAPABILITY) return 'CAPABILITY_MISSING';
  const isResource = kind === 'resources' || kind === 'resourceTemplates';
  return isResource && NOT_FOUND.has(error?.['code']) ? 'RESOURCE_UNKNOWN' : CODES[reason];
}

/** INVARIANT: of what an upstream says that it needs, only the names that are known go on. */
function neededBy(error: JsonObject | undefined): JsonObject {
  const data = isObject(error?.['data']) ? error['data'] : {};
  const required = isObject(data['requiredCapabilities']) ? data['requiredCapabilities'] : {};
  const known = ['elicitation', 'sampling', 'roots'].filter((name) => Object.hasOwn(required, name));
  return Object.fromEntries(known.map((name) => [name, {}]));
}
