import { neutralise } from '../text/neutralise.ts';

/** Counts what an upstream says that belongs to nothing, and was dropped. */
export interface Drops {
  /** One more. */
  dropped(what: string): void;
  /** The sum of it, where there is any. */
  end(): void;
}

/**
 * Makes a counter that tells an operator of the first message that was dropped, of every tenfold of it, and of their number when the
 * connection ends, so that one who talks without end cannot fill a log.
 * @param log Writes a line about the upstream.
 */
export function createDrops(log: (line: string) => void): Drops {
  let count = 0;
  let next = 1;
  return {
    dropped(what) {
      count += 1;
      if (count < next) return;
      next *= 10;
      log(`dropped ${neutralise(what)}, which belongs to no request: ${count} of them so far`);
    },
    end() {
      if (count > 1) log(`${count} of its messages were dropped in all`);
      count = 0;
    },
  };
}
