import type { RateVerdict } from './store.ts';

/** A rate limiter: one call at a key. */
export type Rate = (key: string, perMinute: number, burst: number) => RateVerdict;

interface Meter {
  /** Theoretical arrival time, in milliseconds since the start times `perMinute`. */
  arrival: number;
  perMinute: number;
}

const MINUTE = 60_000;
const CONFORMS: RateVerdict = Object.freeze({ waitMs: 0 });
/** What a new key hears while every place is taken by a key that is owed time. */
const FULL: RateVerdict = Object.freeze({ waitMs: 1000 });

/**
 * Makes a limiter by GCRA (ITU-T I.371): `burst` calls at once, `perMinute` sustained, and the exact wait in whole
 * milliseconds otherwise. Keys that owe nothing are forgotten; when `maxKeys` are owed time, a new key must wait.
 * @param options `now` gives milliseconds that never go back; it is a monotonic clock when absent.
 */
export function createRate(options?: { readonly now?: () => number; readonly maxKeys?: number }): Rate {
  const now = options?.now ?? (() => performance.now());
  const maxKeys = options?.maxKeys ?? 200_000;
  const start = Math.floor(now());
  const meters = new Map<string, Meter>();
  let sweepAt = Math.min(1024, maxKeys);
  let sweptAt = Number.NEGATIVE_INFINITY;

  const sweep = (time: number): void => {
    // A full table is swept at most ten times a second, whatever it is asked.
    if (meters.size >= maxKeys && time - sweptAt < 100) return;
    sweptAt = time;
    for (const [key, meter] of meters) if (meter.arrival <= time * meter.perMinute) meters.delete(key);
    sweepAt = Math.min(maxKeys, Math.max(1024, meters.size * 2));
  };

  return (key, perMinute, burst) => {
    if (!(perMinute > 0 && burst >= 1)) throw new TypeError('a rate needs perMinute above 0 and burst from 1');
    const time = Math.floor(now()) - start;
    let meter = meters.get(key);
    if (meter === undefined) {
      if (meters.size >= sweepAt) sweep(time);
      if (meters.size >= maxKeys) return FULL;
      meter = { arrival: 0, perMinute };
      meters.set(key, meter);
    } else if (meter.perMinute !== perMinute) {
      meter.arrival = (meter.arrival / meter.perMinute) * perMinute;
      meter.perMinute = perMinute;
    }
    // Times are multiplied by perMinute, so that one call costs MINUTE exactly and nothing is rounded.
    const present = time * perMinute;
    const early = meter.arrival - (burst - 1) * MINUTE - present;
    if (early > 0) return { waitMs: Math.ceil(early / perMinute) };
    meter.arrival = Math.max(present, meter.arrival) + MINUTE;
    return CONFORMS;
  };
}
