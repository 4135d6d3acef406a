import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FRAME_LIMITS, type Channel, type ChannelUsage } from './channel.ts';
import { createFrameReader, writeFrame } from './frames.ts';
import type { Image } from './record-graph.ts';
import { NO_USAGE } from './usage.ts';

/** What a worker thread may use. */
export interface WorkerLimits {
  /** Heap of JavaScript, in bytes. */
  readonly heapBytes: number;
}

/** Starts a thread that serves the module's tools: an event loop, a heap and an environment of its own. */
export function startWorker(image: Image, module: string, { heapBytes }: WorkerLimits): Channel {
  const worker = new Worker(join(image.folder, 'boot.mjs'), {
    env: {},
    argv: [join(image.folder, 'graph'), image.entries.worker, module],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.ceil(heapBytes / 1024 / 1024),
      maxYoungGenerationSizeMb: 16,
      codeRangeSizeMb: 64,
      stackSizeMb: 4,
    },
  });
  // A host that has nothing else to do may end.
  worker.unref();
  return new WorkerChannel(worker);
}

class WorkerChannel implements Channel {
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  #dead = false;
  #why: string | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('error', (error: unknown) => {
      this.#why ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => resolve());
    });
  }

  hear(listener: { message(value: unknown): void; ended(why: string): void }): void {
    this.#worker.on('message', (frame: unknown) => {
      if (this.#dead) return;
      try {
        if (!(frame instanceof Uint8Array)) throw new TypeError('not a frame');
        for (const message of createFrameReader(FRAME_LIMITS).push(frame)) if (!this.#dead) listener.message(message);
      } catch (error) {
        this.#end(`the worker sent what cannot be read: ${String(error)}`);
      }
    });
    this.#worker.once('exit', (code) => {
      this.#dead = true;
      listener.ended(this.#why ?? `the worker ended with code ${code}`);
    });
  }

  send(message: unknown): void {
    const frame = writeFrame(message);
    if (!this.#dead) this.#worker.postMessage(frame, []);
  }

  /** Threads of one process are not counted apart but in their use of processors. */
  usage(): ChannelUsage {
    return NO_USAGE;
  }

  kill(): void {
    this.#end('the host ended it');
  }

  #end(why: string): void {
    this.#why ??= why;
    this.#dead = true;
    void this.#worker.terminate();
  }
}
