import type { Principal } from '../pipeline/principal.ts';

/** A passing authentication. */
export interface Authenticated {
  readonly pass: true;
  readonly principal: Principal;
}

/** Passing authentications by the SHA-256 of their token. Failures are never kept. */
export interface TokenCache {
  get(credential: string, now: number): Authenticated | undefined;
  put(authenticated: Authenticated, now: number): void;
  drop(credential: string): void;
  /** Drops every entry whose principal fits. */
  dropWhere(fits: (principal: Principal) => boolean): void;
}

const LONGEST_MS = 60_000;

interface Entry {
  readonly authenticated: Authenticated;
  readonly until: number;
}

/** A cache of at most `size` entries, least recently used first out; an entry lives to its expiry, 60 s at most. */
export function createTokenCache(size: number): TokenCache {
  const entries = new Map<string, Entry>();
  return {
    get(credential, now) {
      const entry = entries.get(credential);
      if (entry === undefined) return undefined;
      entries.delete(credential);
      if (now >= entry.until) return undefined;
      entries.set(credential, entry);
      return entry.authenticated;
    },
    put(authenticated, now) {
      const { credential, expiresAt } = authenticated.principal;
      const until = Math.min(expiresAt, now + LONGEST_MS);
      if (size === 0 || until <= now) return;
      entries.delete(credential);
      const oldest = entries.size >= size ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(credential, { authenticated, until });
    },
    drop(credential) {
      entries.delete(credential);
    },
    dropWhere(fits) {
      for (const [credential, { authenticated }] of entries) {
        if (fits(authenticated.principal)) entries.delete(credential);
      }
    },
  };
}
