import { PublicError } from '../errors.ts';
import { deny } from '../pipeline/decision.ts';
import type { JsonObject } from '../protocol/json.ts';
import { createProfile } from '../sandbox/profile.ts';
import { startSandboxed, type Sandboxed } from '../sandbox/launch.ts';
import type { SandboxSupport } from '../sandbox/support.ts';
import { Refusal } from '../server/refusal.ts';
import { neutralise } from '../text/neutralise.ts';
import type { Installed } from './install.ts';
import { LinkError, openLink, type Link, type LinkCall } from './link.ts';
import { standingOf, type PinnedUpstream } from './lock.ts';
import type { UpstreamNeeds } from './options.ts';
import { beginSession, readOffer, type Offer, type Session } from './session.ts';

/** Everything that it takes to start an upstream. */
export interface Launch {
  readonly id: string;
  readonly installed: Installed;
  readonly needs: UpstreamNeeds;
  /** Its whole environment, secrets included. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
  readonly support: SandboxSupport;
  readonly log: (line: string) => void;
}

/** What Node reserves of address space for code and for WebAssembly, which a limit on data counts and nobody uses. */
const V8_RESERVES = 1024 * 1024 * 1024;
const START_MS = 30_000;
const IDLE_MS = 10 * 60_000;
const MOST_PROCESSES = 32;
const MOST_SAID = 64;
/** A call looks again at what an upstream offers when the last look is older than this. */
const LOOK_MS = 60_000;
const LOOK_WAIT_MS = 10_000;
/** How often one call looks again because a list has changed meanwhile. */
const MOST_LOOKS = 3;
/** What runs this long has not failed at its start. */
const STEADY_MS = 30_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;

/** What is heard of an upstream while it runs. */
export interface Heard {
  /** One of its lists has changed. */
  readonly changed?: () => void;
  readonly closed?: () => void;
}

/**
 * INVARIANT: what somebody else wrote runs in a sandbox, in every profile.
 * @throws TypeError that says what is missing.
 */
export function insistOnSandbox(id: string, { tools, missing }: SandboxSupport): void {
  if (tools === undefined) throw new TypeError(`upstream "${id}" runs in a sandbox or not at all. ${missing ?? ''}`);
}

/** A started upstream, after its handshake. */
export interface Running {
  readonly session: Session;
  readonly offer: Offer;
  stop(): Promise<void>;
}

/**
 * Starts an upstream in its sandbox, does the handshake, and asks what it offers.
 * @throws LinkError when it does not start, or does not answer.
 */
export async function startUpstream(launch: Launch, heard: Heard = {}): Promise<Running> {
  const { id, installed, needs, support, log } = launch;
  insistOnSandbox(id, support);
  const profile = createProfile({
    reads: [...installed.reads, ...(needs.reads ?? [])],
    writes: [...(needs.writes ?? [])],
    programs: [installed.program],
    network: needs.network === true,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', ...(await launch.environment()) },
    limits: {
      cpuSeconds: 3_600,
      memoryBytes: V8_RESERVES + (needs.memoryBytes ?? 512 * 1024 * 1024),
      fileBytes: 256 * 1024 * 1024,
      openFiles: 256,
      processes: 64,
    },
  });
  const running = begin(() => startSandboxed(support, profile, installed.program, installed.args));
  hearErrors(running, (line) => log(`upstream ${id}: ${line}`));
  const link = openLinkOf(running, {
    changed: () => heard.changed?.(),
    closed: (why) => {
      log(`upstream ${id}: ${why}`);
      heard.closed?.();
    },
  });
  const stop = async (): Promise<void> => {
    link.close('it was stopped');
    running.kill();
    await running.ended.catch(() => undefined);
  };
  try {
    const call: LinkCall = { timeoutMs: START_MS };
    const session = await beginSession(link, call);
    return { session, offer: await readOffer(session, call), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function begin(start: () => Sandboxed): Sandboxed {
  try {
    return start();
  } catch (error) {
    throw new LinkError('closed', error instanceof Error ? error.message : 'it could not be started');
  }
}

function openLinkOf({ child, ended }: Sandboxed, events: { changed(): void; closed(why: string): void }): Link {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new LinkError('closed', 'it has no standard streams');
  const link = openLink(stdout, stdin, events);
  ended.then(
    ({ code, signal }) => link.close(`it ended with ${signal ?? code ?? 'nothing'}`),
    (error: unknown) => link.close(error instanceof Error ? error.message : 'it could not be started'),
  );
  return link;
}

/** What it says on standard error, line by line, for the operator; its first lines alone. */
function hearErrors({ child }: Sandboxed, say: (line: string) => void): void {
  let said = 0;
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.slice(0, 4_096).split('\n')) {
      if (line.trim() === '' || said >= MOST_SAID) continue;
      said += 1;
      say(neutralise(line.slice(0, 300)));
    }
  });
}

/** How often an upstream is looked at again; a minute when absent. */
export interface PoolOptions {
  /** Milliseconds after which what it offers is read again, before the next call. */
  readonly lookEveryMs?: number;
}

/** One process, from its start on. */
class Slot {
  readonly key: string;
  readonly running: Promise<Running>;
  readonly began: number = Date.now();
  /** Tools that are not as they were approved. */
  held: ReadonlySet<string> = new Set();
  /** How often it said that a list has changed, and how often it had when the last look began. */
  changes = 0;
  seen = 0;
  /** When the last look began (`performance.now()`), and the one that is in progress. */
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
  readonly #launch: Launch;
  readonly #pinned: PinnedUpstream;
  readonly #shared: boolean;
  readonly #lookEveryMs: number;
  readonly #slots = new Map<string, Slot>();
  readonly #failures = new Map<string, Failures>();
  #closed = false;

  constructor(launch: Launch, pinned: PinnedUpstream, shared: boolean, { lookEveryMs = LOOK_MS }: PoolOptions = {}) {
    this.#launch = launch;
    this.#pinned = pinned;
    this.#shared = shared;
    this.#lookEveryMs = lookEveryMs;
  }

  /**
   * Calls a tool, once: a call that failed may have had its effect.
   * @throws Refusal with what went wrong, PublicError with what the tool itself says went wrong.
   */
  async call(principal: string, tool: string, args: unknown, call: LinkCall): Promise<JsonObject> {
    try {
      const slot = this.#slotOf(this.#shared ? '' : principal);
      slot.busy += 1;
      try {
        return await this.#callOn(slot, tool, args, call);
      } finally {
        slot.busy -= 1;
        slot.used = Date.now();
      }
    } catch (error) {
      if (error instanceof LinkError) throw this.#refusal(error);
      throw error;
    }
  }

  async #callOn(slot: Slot, tool: string, args: unknown, call: LinkCall): Promise<JsonObject> {
    const { session } = await slot.running;
    await this.#know(slot, session);
    // INVARIANT: what is called is what was approved; a tool that has changed meanwhile is held.
    if (slot.held.has(tool)) throw this.#heldBack(`"${tool}" is not as pinned`);
    const result = await session.link.request('tools/call', { name: tool, arguments: args }, call);
    if (result['isError'] === true) throw new PublicError(textOf(result));
    return result;
  }

  #heldBack(why: string): Refusal {
    return new Refusal(deny('DEFINITION_HELD', { detail: `upstream ${this.#launch.id}: ${why}` }));
  }

  #refusal({ reason, detail }: LinkError): Refusal {
    const { id } = this.#launch;
    const code = reason === 'timeout' ? 'DEADLINE_EXCEEDED' : reason === 'cancelled' ? 'CANCELLED' : 'UPSTREAM_FAILED';
    return new Refusal(deny(code, { detail: `upstream ${id}: ${reason}: ${neutralise(detail.slice(0, 300))}` }));
  }

  #slotOf(key: string): Slot {
    if (this.#closed) throw new LinkError('closed', 'the gateway is closing');
    this.#tidy();
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    this.#makeRoom();
    const slot = new Slot(key, (each) => this.#start(each));
    this.#slots.set(key, slot);
    slot.running.catch(() => this.#ended(slot));
    return slot;
  }

  /** A process that nobody uses now gives its place to a principal who has none. */
  #makeRoom(): void {
    if (this.#slots.size < MOST_PROCESSES) return;
    const [oldest] = [...this.#slots.values()].filter(({ busy }) => busy === 0).toSorted((a, b) => a.used - b.used);
    if (oldest === undefined) throw new Refusal(deny('OVERLOADED', { retryAfter: 5 }));
    this.#forget(oldest);
  }

  async #start(slot: Slot): Promise<Running> {
    const { count = 0, startableAt = 0 } = this.#failures.get(slot.key) ?? {};
    const wait = startableAt - Date.now();
    if (wait > 0) throw new LinkError('closed', `it failed ${count} times; it is not started for ${wait} ms`);
    const running = await startUpstream(this.#launch, {
      // Only counted, so that one that says it again and again costs nothing: the next call looks.
      changed: () => void (slot.changes += 1),
      closed: () => this.#ended(slot),
    });
    this.#judge(slot, running.offer);
    return running;
  }

  /**
   * What has ended is started anew by the next call. One principal's that fails again at once waits longer each time, and
   * nobody else's does.
   */
  #ended(slot: Slot): void {
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
    slot.looked = performance.now();
    try {
      this.#judge(slot, await readOffer(session, { timeoutMs: LOOK_WAIT_MS }));
      slot.seen = changes;
    } catch (error) {
      this.#ended(slot);
      throw error;
    } finally {
      slot.looking = undefined;
    }
  }

  #judge(slot: Slot, offer: Offer): void {
    const standing = standingOf(this.#pinned, offer);
    const before = slot.held;
    slot.held = new Set([...standing].flatMap(([name, each]) => (each === 'approved' ? [] : [name])));
    for (const name of slot.held) {
      if (this.#pinned.tools[name]?.approved !== undefined && !before.has(name))
        this.#launch.log(`upstream ${this.#launch.id}: "${neutralise(name)}" is ${standing.get(name)}, and held`);
    }
  }

  #forget(slot: Slot): void {
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
    void slot.running.then(
      (running) => running.stop(),
      () => undefined,
    );
  }

  /** Ends what has been idle for long, and forgets failures of long ago. */
  #tidy(): void {
    const now = Date.now();
    for (const slot of this.#slots.values()) if (slot.busy === 0 && slot.used < now - IDLE_MS) this.#forget(slot);
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

/** What a tool says of its own failure, for the model that called it. */
function textOf({ content }: JsonObject): string {
  const blocks = Array.isArray(content) ? content : [];
  const texts = blocks.flatMap((block: unknown) =>
    typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string'
      ? [block.text]
      : [],
  );
  return texts.join('\n').slice(0, 2_000) || 'The tool gives no reason.';
}
