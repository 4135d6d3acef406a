import { FRAME_LIMITS, type Channel, type ChannelUsage } from './channel.ts';
import { createFrameReader, writeFrame } from './frames.ts';
import { startSandboxed, type Sandboxed } from './launch.ts';
import { createProfile, type SandboxLimits, type SandboxProfile } from './profile.ts';
import type { Image } from './record-graph.ts';
import type { SandboxSupport } from './support.ts';
import { innermost, readUsage, temporaryUse } from './usage.ts';

/** What a sandboxed handler may use. */
export interface HandlerLimits extends Omit<SandboxLimits, 'processes'> {
  /** Heap of JavaScript, in bytes; the rest of `memoryBytes` is for buffers. */
  readonly heapBytes: number;
}

/** What every sandboxed process of one host has in common. */
export interface ProcessPlan {
  readonly support: SandboxSupport;
  readonly image: Image;
  /** URL of the server's module. */
  readonly module: string;
  readonly limits: HandlerLimits;
  /** Absolute paths that its modules read while they load, beside their own text. */
  readonly reads: readonly string[];
}

const FOLDER = '/run/portcullis';
const STDERR = 4_096;
/** V8 sets this much aside for machine code, and RLIMIT_DATA counts all of it from the start; measured on Node 24. */
const V8_CODE_BYTES = 576 * 1024 * 1024;

/** Starts a process that serves the module's tools: under bubblewrap, and under Node's permission flags within. */
export function startProcess(plan: ProcessPlan): Channel {
  const { support, image, module, limits } = plan;
  const whole = support.tools !== undefined;
  const folder = whole ? FOLDER : image.folder;
  const boot = `${folder}/boot.mjs`;
  const graph = `${folder}/graph`;
  const flags = nodeFlags([boot, graph, ...plan.reads], limits, whole ? '/tmp' : undefined);
  const running = startSandboxed(
    support,
    profileOf(plan),
    process.execPath,
    [...flags, boot, graph, image.entries.process, module],
    { pipes: 1 },
  );
  return new ProcessChannel(running, limits);
}

function profileOf({ support, image, limits, reads }: ProcessPlan): SandboxProfile {
  const { cpuSeconds, memoryBytes, fileBytes, openFiles } = limits;
  return createProfile({
    reads,
    shows: { [FOLDER]: image.folder },
    ...(support.tools === undefined ? { workingDirectory: image.folder } : {}),
    programs: [process.execPath],
    system: 'libraries',
    limits: { cpuSeconds, fileBytes, openFiles, processes: 1, memoryBytes: V8_CODE_BYTES + memoryBytes },
    environment: { UV_THREADPOOL_SIZE: '1', HOME: '/tmp', TMPDIR: '/tmp' },
  });
}

function nodeFlags(reads: readonly string[], { heapBytes }: HandlerLimits, temporary: string | undefined): string[] {
  return [
    '--permission',
    ...reads.map((path) => `--allow-fs-read=${path}`),
    ...(temporary === undefined ? [] : [`--allow-fs-read=${temporary}/*`, `--allow-fs-write=${temporary}/*`]),
    '--no-experimental-sqlite',
    '--no-experimental-websocket',
    '--no-addons',
    '--disable-sigusr1',
    '--no-warnings',
    '--v8-pool-size=1',
    `--max-old-space-size=${Math.ceil(heapBytes / 1024 / 1024)}`,
  ];
}

class ProcessChannel implements Channel {
  readonly ended: Promise<void>;
  readonly #running: Sandboxed;
  readonly #limits: HandlerLimits;
  #stderr = '';
  #pid: number | undefined;
  #dead = false;
  #why: string | undefined;

  constructor(running: Sandboxed, limits: HandlerLimits) {
    this.#running = running;
    this.#limits = limits;
    const { child } = running;
    child.stdin?.end();
    // Read and dropped: a handler prints what it likes, and no one but the operator hears of its last words.
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR);
    });
    this.ended = running.ended.then(
      () => undefined,
      () => undefined,
    );
  }

  hear(listener: { message(value: unknown): void; ended(why: string): void }): void {
    const reader = createFrameReader(FRAME_LIMITS);
    this.#running.pipes[0]?.on('data', (piece: Uint8Array) => {
      if (this.#dead) return;
      try {
        for (const message of reader.push(piece)) if (!this.#dead) listener.message(message);
      } catch (error) {
        this.#end(`the sandbox sent what cannot be read: ${String(error)}`);
      }
    });
    void this.#tellEnd(listener);
  }

  async #tellEnd(listener: { ended(why: string): void }): Promise<void> {
    try {
      const { code, signal } = await this.#running.ended;
      const how = signal === undefined ? `with code ${code}` : `by ${signal}`;
      this.#why ??= `the process ended ${how} ${this.#stderr.trim()}`.trim();
    } catch (error) {
      this.#why ??= `the process could not be started: ${String(error)}`;
    }
    this.#dead = true;
    listener.ended(this.#why);
  }

  send(message: unknown): void {
    const frame = writeFrame(message);
    if (!this.#dead) this.#running.pipes[0]?.write(frame);
  }

  usage(): ChannelUsage {
    this.#pid ??= this.#find();
    const usage = readUsage(this.#pid ?? 0);
    if (usage.rssBytes > this.#limits.memoryBytes + BASE_BYTES) this.#end('it used more memory than it may');
    const { bytes, files } = temporaryUse(this.#pid ?? 0, this.#limits.fileBytes);
    if (files > FILES) this.#end('it made more files than it may');
    return { ...usage, diskBytes: bytes };
  }

  kill(): void {
    this.#end('the host ended it');
  }

  #end(why: string): void {
    this.#why ??= why;
    this.#dead = true;
    this.#running.kill();
  }

  /** The program inside, once it runs: bubblewrap, its first process, and prlimit that becomes the program. */
  #find(): number | undefined {
    const { pid } = this.#running.child;
    if (pid === undefined) return undefined;
    return innermost(pid);
  }
}

/** In the temporary folder: the kernel holds each, and counts none of them as memory. */
const FILES = 10_000;
/** What Node takes before a handler has done anything. */
const BASE_BYTES = 96 * 1024 * 1024;
