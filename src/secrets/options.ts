import { refuseUnknownOptions } from '../options.ts';
import { type Duration, toMilliseconds } from '../text/duration.ts';
import type { SecretOptions } from './secret.ts';

/** The spans of one secret, in milliseconds, and who answers for it. */
export interface SecretSettings {
  readonly refreshMs: number;
  readonly overlapMs: number;
  readonly maxStaleMs: number;
  readonly maxAgeMs: number | undefined;
  readonly owner: string | undefined;
}

const OPTIONS = [
  'from',
  'refresh',
  'overlap',
  'maxStale',
  'maxAge',
  'owner',
] as const satisfies readonly (keyof SecretOptions)[];
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const [SHORTEST_REFRESH_MS, LONGEST_MS] = [100, 366 * 86_400_000];
const HOUR_MS = 3_600_000;

/**
 * Reads how a secret was declared.
 * @throws TypeError on a name, an option or a span that cannot be.
 */
export function readSecretOptions(name: string, options: SecretOptions): SecretSettings {
  const where = `secrets.${name}`;
  if (!NAME.test(name))
    throw new TypeError(`secrets: ${JSON.stringify(name)} is no name. Use lower-case letters, digits, - and _.`);
  refuseUnknownOptions(where, options, OPTIONS);
  if (typeof options.from !== 'string') throw new TypeError(`${where}.from: missing. Say where the secret is.`);
  const refreshMs = span(`${where}.refresh`, options.refresh ?? '15m', SHORTEST_REFRESH_MS);
  return Object.freeze({
    refreshMs,
    overlapMs: span(`${where}.overlap`, options.overlap ?? '5m', 1),
    maxStaleMs:
      options.maxStale === undefined
        ? Math.max(HOUR_MS, 4 * refreshMs)
        : span(`${where}.maxStale`, options.maxStale, refreshMs),
    maxAgeMs: options.maxAge === undefined ? undefined : span(`${where}.maxAge`, options.maxAge, 1),
    owner: options.owner,
  });
}

function span(where: string, text: string, least: number): number {
  const ms = toMilliseconds(text as Duration, where);
  if (ms >= least && ms <= LONGEST_MS) return ms;
  throw new TypeError(`${where}: must be from ${least} ms to 366 days.`);
}
