import type { Exchange } from '../pipeline/context.ts';
import { deny, type Denial, type MaybePromise } from '../pipeline/decision.ts';
import { Refusal } from './refusal.ts';
import type { Sink } from './sink.ts';

/** The deadline of one call; whoever waits for a person holds it meanwhile. */
export interface Timing {
  /** Calls back after so many milliseconds without a hold. */
  start(ms: number, fire: () => void): void;
  stop(): void;
}

/** Watches for what else ends a call: `stop` is called with why. The function that is given back ends the watch. */
export type Watch = (stop: (denial: Denial) => void) => () => void;

/** Settles with the work, or rejects when the deadline passes or the caller goes away, whichever is first. */
export function raced(
  work: MaybePromise<unknown>,
  sink: Sink,
  deadlineMs: number | undefined,
  stopped: (denial: Denial, working: PromiseLike<unknown>) => void,
  timing: Timing,
  watch: Watch | undefined,
): MaybePromise<unknown> {
  if (!isThenable(work)) return work;
  return new Promise((resolve, reject) => {
    const stop = (denial: Denial) => {
      stopped(denial, work);
      reject(new Refusal(denial));
    };
    if (deadlineMs !== undefined) timing.start(deadlineMs, () => stop(deny('DEADLINE_EXCEEDED')));
    const forget = sink.onGone(() => {
      timing.stop();
      stop(deny('CANCELLED', { detail: 'the caller went away' }));
    });
    const leave = watch?.((denial) => {
      timing.stop();
      forget();
      stop(denial);
    });
    // A query builder and the like are thenables and no promises; they are held to the deadline as well.
    Promise.resolve(work).then(
      (value) => {
        timing.stop();
        forget();
        leave?.();
        return resolve(value);
      },
      (error: unknown) => {
        timing.stop();
        forget();
        leave?.();
        return reject(isError(error) ? error : new TypeError('a value that is no Error was thrown'));
      },
    );
  });
}

/**
 * Keeps the places of a call whose caller left until its handler has stopped, or would have met its deadline: by hanging
 * up, a caller could otherwise have as many handlers at work as it likes.
 */
export function keepPlaces(exchange: Exchange, working: PromiseLike<unknown>, deadlineMs: number): void {
  const { ends } = exchange;
  if (ends === undefined) return;
  exchange.ends = undefined;
  const stopped = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.min(deadlineMs, 2 ** 31 - 1)).unref();
    const settled = () => {
      clearTimeout(timer);
      resolve();
    };
    Promise.resolve(working).then(settled, settled);
  });
  void stopped.then(() => ends.forEach((end) => end()));
}

/** A proxy may trap even this question, and nothing would then settle the call. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

function isThenable(work: unknown): work is PromiseLike<unknown> {
  return typeof work === 'object' && work !== null && 'then' in work && typeof work.then === 'function';
}
