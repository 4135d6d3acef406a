import type { MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Runs what a call deferred, last registered first, each one whatever became of the others. */
export type Dispose = (
  disposers: readonly (() => MaybePromise<void>)[],
  failed: (error: unknown) => void,
) => MaybePromise<void>;

/** Milliseconds that one disposer may take before the next one runs; the answer waits for them. */
const MOST_MS = 5_000;

/**
 * Releases what a call opened as soon as it ends: by its answer, an error, the deadline, or the caller going away. A
 * disposer that hangs holds up neither the others nor the answer for long.
 */
export function configure(settings: Settings): Dispose {
  if (!isOn(settings, 'cleanup')) return () => undefined;
  const mostMs = Math.min(MOST_MS, settings.limits.handlerMaxMs);
  return async function dispose(disposers, failed): Promise<void> {
    for (const disposer of disposers.toReversed()) {
      try {
        const pending = disposer();
        if (pending !== undefined) await within(pending, mostMs);
      } catch (error) {
        failed(error);
      }
    }
  };
}

function within(pending: Promise<void>, mostMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`a disposer took more than ${mostMs} ms`)), mostMs);
    Promise.resolve(pending)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
