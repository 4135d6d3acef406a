/** Grants a bounded number of runs at once; further ones wait in a line that is bounded too. */
export interface Places {
  /** Resolves to what gives the place back; `undefined` when the line is full, or the signal aborts while waiting. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** Makes places for `count` runs, and a line of `waiting` more. */
export function createPlaces(count: number, waiting: number): Places {
  let free = count;
  const line: (() => void)[] = [];
  const give = (): void => {
    const next = line.shift();
    if (next === undefined) free++;
    else next();
  };
  const once = (): (() => void) => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      give();
    };
  };
  return {
    async take(signal) {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free--;
        return once();
      }
      if (line.length >= waiting) return undefined;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const called = (): void => resolve(true);
      const left = (): void => {
        const at = line.indexOf(called);
        if (at === -1) return;
        line.splice(at, 1);
        resolve(false);
      };
      line.push(called);
      signal.addEventListener('abort', left, { once: true });
      const got = await promise;
      signal.removeEventListener('abort', left);
      return got ? once() : undefined;
    },
  };
}
