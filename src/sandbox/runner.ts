import type { Isolation } from '../pipeline/catalog.ts';
import type { CallUsage, IsolatedCall } from './call.ts';
import { Cell } from './cell.ts';
import { Pool, type PoolLimits } from './pool.ts';
import { startProcess, type HandlerLimits } from './process-channel.ts';
import { recordGraph } from './record-graph.ts';
import type { SandboxSupport } from './support.ts';
import { startWorker } from './worker-channel.ts';

/** Bounds on sandboxed handlers. Sizes are bytes, times milliseconds unless named otherwise. */
export interface SandboxSettings {
  readonly handler: HandlerLimits;
  readonly pool: PoolLimits;
  /** Absolute paths that the modules read while they load, beside their own text. */
  readonly reads: readonly string[];
}

/** The settings of a deployment that says nothing. */
export const DEFAULT_SANDBOX: SandboxSettings = Object.freeze({
  handler: Object.freeze({
    cpuSeconds: 120,
    memoryBytes: 256 * 1024 * 1024,
    heapBytes: 128 * 1024 * 1024,
    fileBytes: 16 * 1024 * 1024,
    openFiles: 64,
  }),
  pool: Object.freeze({
    perPrincipal: 4,
    total: 16,
    ready: 1,
    idleMs: 60_000,
    calls: 200,
    cpuMs: 60_000,
    waiting: 32,
  }),
  reads: Object.freeze([]),
});

/** Runs the handlers of sandboxed tools. */
export interface Runner {
  /** Does a call. Rejects as `Pool.run` and `Cell.run` do. */
  run(isolation: Exclude<Isolation, 'none'>, call: IsolatedCall): Promise<unknown>;
  /** Ends the handlers of principals and tools, at once. */
  endFor(isMeant: (owner: { readonly principal: string; readonly tool: string }) => boolean): void;
  /** Tells what each call has used, until the returned function is called. */
  watch(listener: (call: UsedCall) => void): () => void;
  close(): Promise<void>;
}

/** What a call has used, and whose it was. */
export interface UsedCall extends CallUsage {
  readonly tool: string;
  readonly principal: string;
  readonly request: string;
}

/** What a runner is opened with. */
export interface RunnerOptions {
  /** URL of the module whose default export is the server. */
  readonly module: string;
  /** Which kinds of isolation its tools ask for. */
  readonly kinds: ReadonlySet<Isolation>;
  readonly support: SandboxSupport;
  readonly settings: SandboxSettings;
}

/**
 * Opens the runner of a server's sandboxed tools: one handler of each kind is started at once, so that a module that
 * cannot be loaded in a sandbox is known before anything is served.
 * @throws TypeError when it cannot.
 */
export async function openRunner({ module, kinds, support, settings }: RunnerOptions): Promise<Runner> {
  const image = await recordGraph(module);
  const { handler, pool: limits, reads } = settings;
  const pools = new Map<Isolation, Pool>();
  if (kinds.has('process')) {
    const plan = { support, image, module, limits: handler, reads };
    pools.set('process', new Pool(() => new Cell(startProcess(plan)), limits));
  }
  if (kinds.has('worker')) pools.set('worker', new Pool(() => new Cell(startWorker(image, module, handler)), limits));
  const listeners = new Set<(call: UsedCall) => void>();
  const close = async (): Promise<void> => {
    for (const pool of pools.values()) await pool.close();
    image.remove();
  };
  for (const [kind, pool] of pools) {
    await pool.open().catch(async (error: unknown) => {
      await close();
      const detail = error instanceof Error ? error.message : String(error);
      throw new TypeError(`The module ${module} cannot be loaded in a ${kind} sandbox: ${detail}`, { cause: error });
    });
  }
  return {
    run(isolation, call): Promise<unknown> {
      const pool = pools.get(isolation);
      if (pool === undefined) return Promise.reject(new TypeError(`no ${isolation} sandbox was opened`));
      const { tool, principal, request } = call;
      const used = (usage: CallUsage) => {
        call.used(usage);
        for (const listener of listeners) listener({ ...usage, tool, principal: principal.id, request });
      };
      return pool.run(listeners.size === 0 ? call : { ...call, used });
    },
    endFor: (isMeant) => [...pools.values()].forEach((pool) => pool.endFor(isMeant)),
    watch(listener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
  };
}
