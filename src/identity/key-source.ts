import {
  type CompactJWSHeaderParameters,
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
} from 'jose';
import { createBreaker } from './breaker.ts';
import { discoverJwksUri } from './discovery.ts';
import type { JsonFetcher } from './fetch-json.ts';
import type { IssuerPolicy } from './issuer-policy.ts';
import { parseKeySet } from './key-set.ts';

/** The verification keys of one issuer, kept fresh. */
export interface KeySource {
  /**
   * The key for a token's header.
   *
   * @throws IssuerUnavailable when the keys cannot be had now.
   * @throws errors.JWKSNoMatchingKey when the issuer has no such key.
   */
  resolve(header: CompactJWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
  /** Fetches the keys unless they are fresh; never rejects. */
  warm(): Promise<void>;
  /** Whether there are keys to verify with now. Asking when there are none starts a fetch. */
  readonly ready: boolean;
}

/** The issuer's keys cannot be had now; `retryAfter` is in whole seconds. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
  readonly retryAfter: number;

  constructor(waitMs: number, options?: ErrorOptions) {
    super('the keys of the issuer cannot be fetched', options);
    this.retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  }
}

const REFRESH_MS = 5 * 60_000;
const MAX_AGE_MS = 60 * 60_000;
const COOL_DOWN_MS = 10_000;

interface Keys {
  readonly find: (header: CompactJWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;
  readonly fingerprint: string;
  readonly fetchedAt: number;
}

/**
 * Keeps an issuer's keys: fetched on first use, refreshed after 5 minutes in the background, used for at most an hour
 * when the issuer is down, and fetched again for an unknown key id at most once in 10 s. `onRotation` is called when
 * the published set has changed.
 */
export function createKeySource(
  policy: IssuerPolicy,
  fetcher: JsonFetcher,
  now: () => number,
  onRotation: () => void,
): KeySource {
  const breaker = createBreaker();
  let current: Keys | undefined;
  let pending: Promise<Keys> | undefined;
  let discovered: string | undefined;

  function usable(): Keys | undefined {
    return current !== undefined && now() - current.fetchedAt < MAX_AGE_MS ? current : undefined;
  }

  async function load(): Promise<Keys> {
    try {
      const uri = policy.jwksUri ?? (discovered ??= await discoverJwksUri(policy.issuer, fetcher));
      const keys = parseKeySet(await fetcher.fetch(uri));
      const next = {
        find: createLocalJWKSet({ keys: [...keys] }),
        fingerprint: JSON.stringify(keys),
        fetchedAt: now(),
      };
      breaker.succeeded();
      if (current !== undefined && current.fingerprint !== next.fingerprint) onRotation();
      current = next;
      return next;
    } catch (cause) {
      discovered = undefined;
      breaker.failed(now());
      throw new IssuerUnavailable(breaker.waitMs(now()), { cause });
    }
  }

  async function refresh(): Promise<Keys> {
    if (pending !== undefined) return pending;
    const waitMs = breaker.waitMs(now());
    if (waitMs > 0) throw new IssuerUnavailable(waitMs);
    pending = load();
    try {
      return await pending;
    } finally {
      pending = undefined;
    }
  }

  async function warm(): Promise<void> {
    try {
      if (usable() === undefined || isStale()) await refresh();
    } catch {
      // The breaker has counted it; the next request that needs the keys is told.
    }
  }

  function isStale(): boolean {
    return current !== undefined && now() - current.fetchedAt >= REFRESH_MS;
  }

  return {
    async resolve(header, token) {
      const keys = usable();
      if (keys !== undefined) {
        if (isStale()) void warm();
        try {
          return await keys.find(header, token);
        } catch (error) {
          const unknown = error instanceof errors.JWKSNoMatchingKey;
          if (!unknown || now() - keys.fetchedAt < COOL_DOWN_MS) throw error;
        }
      }
      const fresh = await refresh();
      return fresh.find(header, token);
    },
    warm,
    get ready() {
      const ready = usable() !== undefined;
      if (!ready) void warm();
      return ready;
    },
  };
}
