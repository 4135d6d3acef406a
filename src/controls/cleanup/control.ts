import type { MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Runs what a call deferred, last registered first, each one whatever became of the others. */
export type Dispose = (
  disposers: readonly (() => MaybePromise<void>)[],
  failed: (error: unknown) => void,
) => MaybePromise<void>;

/**
 * Releases what a call opened as soon as it ends: by its answer, an error, the deadline, or the caller going away.
 */
export function configure(settings: Settings): Dispose {
  if (!isOn(settings, 'cleanup')) return () => undefined;
  return async function dispose(disposers, failed): Promise<void> {
    for (const disposer of disposers.toReversed()) {
      try {
        await disposer();
      } catch (error) {
        failed(error);
      }
    }
  };
}
