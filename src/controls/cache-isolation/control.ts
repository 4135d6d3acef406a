import type { ResourceEntry } from '../../pipeline/catalog.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** What a client is told of how long it may keep an answer, and for whom (MCP 2026-07-28 server/utilities/caching). */
export interface CacheHints {
  /** Milliseconds, a whole number that is never negative. */
  readonly ttlMs: number;
  readonly cacheScope: 'public' | 'private';
}

/** Makes the hints of a resource that was read; `ttlMs` is what it would be kept for. */
export type Caching = (exchange: Exchange, target: ResourceEntry, ttlMs: number) => CacheHints;

/** How long anything may be kept, in milliseconds. */
const LONGEST_MS = 86_400_000;

/**
 * Tells clients and caches how long they may keep what was read, and for whom: `public` only where its author says that
 * everyone sees the same, nothing of it is private, and no policy decides who may read it. What came of a round of
 * questions is not kept: the answers are no part of a cache's key.
 */
export function configure(settings: Settings): Caching {
  if (!isOn(settings, 'cache-isolation'))
    return (_exchange, target, ttlMs) => ({ ttlMs, cacheScope: target.shared ? 'public' : 'private' });
  const isDecided = settings.policy !== undefined || settings.rules !== undefined;
  return function caching({ rounds }, target, ttlMs): CacheHints {
    const forAll = target.shared && target.authorize === undefined && !isDecided && !target.flow.gives.has('private');
    return { ttlMs: rounds === undefined ? boundTtl(ttlMs) : 0, cacheScope: forAll ? 'public' : 'private' };
  };
}

/** Milliseconds that a time to live comes to, whoever says it: what is negative, absent or no number is 0. */
export function boundTtl(said: unknown, mostMs: number = LONGEST_MS): number {
  if (typeof said !== 'number' || !(said > 0)) return 0;
  return Math.floor(Math.min(said, mostMs, LONGEST_MS));
}

/** The part of a cache's key that stands for who asks, with which credential, and what it is good for. */
export function contextKey({ id, tenant, client, credential, scopes }: Principal): string {
  return JSON.stringify([id, tenant ?? null, client, credential, [...scopes].toSorted()]);
}
