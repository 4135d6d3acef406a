import { HttpError } from './error.ts';

/** Bounds the requests of one call. */
export interface Places {
  /**
   * Waits for a place, and gives the function that leaves it.
   * @throws HttpError `limit` once the call has made as many requests as it may.
   */
  take(): Promise<() => void>;
}

/** Makes the places of one call: `concurrent` at a time, `total` in all. */
export function createPlaces(concurrent: number, total: number): Places {
  const waiting: (() => void)[] = [];
  let taken = 0;
  let made = 0;
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  };
  return {
    async take(): Promise<() => void> {
      made += 1;
      if (made > total) throw new HttpError('limit', `more than ${total} requests in one call`);
      if (taken < concurrent) taken += 1;
      else await new Promise<void>((resolve) => void waiting.push(resolve));
      return leave;
    },
  };
}
