import type { Token } from './token.ts';

/** Keeps tokens in memory, and fetches each once however many ask for it. */
export interface TokenKeeper {
  /** The token under a key: the kept one, or one that is fetched now. */
  get(key: string): Promise<Token>;
  /** The kept token, if it can still be used. */
  peek(key: string): Token | undefined;
  put(key: string, token: Token): void;
  /**
   * Drops the token after it was refused: whether a request may be sent once more with a fresh one. An upstream that
   * refuses every token costs one fetch in a while, and never a loop.
   */
  refused(key: string): boolean;
  drop(key: string): void;
  close(): void;
}

/** What a keeper works with. */
export interface KeeperParts {
  readonly fetch: (key: string) => Promise<Token>;
  /** Keeps a value out of logs until the returned function is called. */
  readonly remember: (value: string) => () => void;
}

interface Kept {
  readonly token: Token;
  readonly forget: () => void;
}

const MOST = 10_000;
/** A key's token is dropped for a refusal once in this time. */
const WINDOW_MS = 10_000;
/** Requests that were under way with the same token when it was refused may all be sent again. */
const MOST_AGAIN = 64;

/** Makes an empty one. */
export function createTokenKeeper({ fetch, remember }: KeeperParts): TokenKeeper {
  const kept = new Map<string, Kept>();
  const fetching = new Map<string, Promise<Token>>();
  const refusals = new Map<string, { readonly at: number; count: number }>();

  function drop(key: string): void {
    const entry = kept.get(key);
    kept.delete(key);
    // What was sent may still come back in an answer that is under way.
    if (entry !== undefined) setTimeout(entry.forget, 60_000).unref();
  }

  function put(key: string, token: Token): void {
    drop(key);
    const [oldest] = kept.keys();
    if (kept.size >= MOST && oldest !== undefined) drop(oldest);
    kept.set(key, { token, forget: remember(token.value) });
  }

  function peek(key: string): Token | undefined {
    const entry = kept.get(key);
    if (entry === undefined) return undefined;
    if (entry.token.usableUntil > Date.now()) return entry.token;
    drop(key);
    return undefined;
  }

  return {
    peek,
    put,
    drop,
    get(key) {
      const present = peek(key);
      if (present !== undefined) return Promise.resolve(present);
      const earlier = fetching.get(key);
      if (earlier !== undefined) return earlier;
      const fetched = fetch(key)
        .then((token) => {
          // INVARIANT: known to every log before it is used.
          put(key, token);
          return token;
        })
        .finally(() => fetching.delete(key));
      fetching.set(key, fetched);
      return fetched;
    },
    refused(key) {
      const now = Date.now();
      const last = refusals.get(key);
      if (last !== undefined && now - last.at < WINDOW_MS) return ++last.count <= MOST_AGAIN;
      for (const [each, { at }] of refusals) if (now - at >= WINDOW_MS) refusals.delete(each);
      refusals.set(key, { at: now, count: 0 });
      drop(key);
      return true;
    },
    close() {
      for (const key of kept.keys()) drop(key);
    },
  };
}
