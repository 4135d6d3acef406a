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
  const running = startSandboxed(support, profile, installed.program, installed.args);
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

interface Slot {
  readonly running: Promise<Running>;
  readonly began: number;
  held: ReadonlySet<string>;
  used: number;
  busy: number;
}

/** The processes of one upstream: one for each principal, or one for all. */
export class Pool {
  readonly #launch: Launch;
  readonly #pinned: PinnedUpstream;
  readonly #shared: boolean;
  readonly #slots = new Map<string, Slot>();
  #closed = false;
  #failures = 0;
  #startableAt = 0;

  constructor(launch: Launch, pinned: PinnedUpstream, shared: boolean) {
    this.#launch = launch;
    this.#pinned = pinned;
    this.#shared = shared;
  }

  /**
   * Calls a tool, once: a call that failed may have had its effect.
   * @throws Refusal with what went wrong, PublicError with what the tool itself says went wrong.
   */
  async call(principal: string, tool: string, args: unknown, call: LinkCall): Promise<JsonObject> {
    const key = this.#shared ? '' : principal;
    const slot = this.#slotOf(key);
    slot.busy += 1;
    try {
      const { session } = await slot.running;
      // INVARIANT: what is called is what was approved; a tool that has changed meanwhile is held.
      if (slot.held.has(tool))
        throw new Refusal(
          deny('DEFINITION_HELD', { detail: `upstream ${this.#launch.id}: "${tool}" is not as pinned` }),
        );
      const result = await session.link.request('tools/call', { name: tool, arguments: args }, call);
      if (result['isError'] === true) throw new PublicError(textOf(result));
      return result;
    } catch (error) {
      if (error instanceof LinkError) throw this.#refusal(error);
      throw error;
    } finally {
      slot.busy -= 1;
      slot.used = Date.now();
    }
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
    if (this.#slots.size >= MOST_PROCESSES) throw new Refusal(deny('OVERLOADED', { retryAfter: 5 }));
    const slot: Slot = { running: this.#start(key), began: Date.now(), held: new Set(), used: Date.now(), busy: 0 };
    slot.running.catch(() => this.#forget(key, slot));
    this.#slots.set(key, slot);
    return slot;
  }

  async #start(key: string): Promise<Running> {
    const wait = this.#startableAt - Date.now();
    if (wait > 0) throw new LinkError('closed', `it failed ${this.#failures} times; it is not started for ${wait} ms`);
    try {
      const running = await startUpstream(this.#launch, {
        changed: () => void this.#look(key),
        closed: () => this.#ended(key),
      });
      this.#judge(key, running.offer);
      return running;
    } catch (error) {
      this.#failed();
      throw error;
    }
  }

  /** What has ended is started anew by the next call, and later each time that it fails soon. */
  #ended(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#forget(key, slot);
    if (Date.now() - slot.began < STEADY_MS) this.#failed();
    else this.#failures = 0;
  }

  #failed(): void {
    this.#failures += 1;
    this.#startableAt = Date.now() + Math.min(FIRST_WAIT_MS * 2 ** (this.#failures - 1), LONGEST_WAIT_MS);
  }

  /** A list has changed, or may have: what is not as pinned is held from here on. */
  async #look(key: string): Promise<void> {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    // Held until it is known again.
    slot.held = new Set(Object.keys(this.#pinned.tools));
    try {
      const { session } = await slot.running;
      this.#judge(key, await readOffer(session, { timeoutMs: START_MS }));
    } catch {
      this.#forget(key, slot);
    }
  }

  #judge(key: string, offer: Offer): void {
    const standing = standingOf(this.#pinned, offer);
    const held = [...standing].flatMap(([name, each]) => (each === 'approved' ? [] : [name]));
    const slot = this.#slots.get(key);
    if (slot !== undefined) slot.held = new Set(held);
    for (const name of held) {
      if (this.#pinned.tools[name]?.approved !== undefined)
        this.#launch.log(`upstream ${this.#launch.id}: "${name}" is ${standing.get(name)}, and held`);
    }
  }

  #forget(key: string, slot: Slot): void {
    if (this.#slots.get(key) === slot) this.#slots.delete(key);
    void slot.running.then(
      (running) => running.stop(),
      () => undefined,
    );
  }

  /** Ends what has been idle for long, and forgets what has ended by itself. */
  #tidy(): void {
    const before = Date.now() - IDLE_MS;
    for (const [key, slot] of this.#slots) if (slot.busy === 0 && slot.used < before) this.#forget(key, slot);
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
