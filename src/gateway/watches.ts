import { LinkError } from './link.ts';
import type { Session } from './session.ts';

/** What one connection is asked to tell of. */
interface Watch {
  readonly told: Set<() => void>;
  /** Gives what ends it. */
  begun: Promise<() => void>;
}

/** Over one connection: in the modern era each is a request that waits, of which there may be twice as many. */
const MOST_URIS = 128;
const ASK_MS = 10_000;

/**
 * The resources of an upstream that somebody watches, by the key of the connection that tells of them. Each is asked for once, however
 * many watch it, and again when a connection takes the place of one that ended.
 */
export class Watches {
  readonly #byKey = new Map<string, Map<string, Watch>>();

  /** Whether anything is watched over a connection. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /**
   * Watches a resource; gives what ends it.
   * @throws LinkError when the upstream does not tell of it.
   */
  async begin(key: string, uri: string, session: Session, changed: () => void): Promise<() => void> {
    const all = this.#byKey.get(key) ?? new Map<string, Watch>();
    this.#byKey.set(key, all);
    let own = all.get(uri);
    if (own === undefined) {
      const begun =
        all.size < MOST_URIS
          ? session.watch(uri, { timeoutMs: ASK_MS })
          : Promise.reject(new LinkError('busy', `${MOST_URIS} resources are watched already`));
      own = { told: new Set(), begun };
      all.set(uri, own);
    }
    const { told } = own;
    // The same function may watch twice.
    const tell = (): void => changed();
    told.add(tell);
    const end = (): void => {
      if (told.delete(tell) && told.size === 0) this.#end(key, uri);
    };
    try {
      await own.begun;
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  /** Tells those who watch a resource, or what it is a part of (MCP 2026-07-28 server/resources#subscriptions). */
  tell(key: string, uri: string): void {
    for (const [watched, { told }] of this.#byKey.get(key) ?? []) {
      const isPart = uri.startsWith(watched.endsWith('/') ? watched : `${watched}/`);
      if (uri === watched || isPart) for (const each of told) each();
    }
  }

  /** The connection has ended: what changes from now on is not heard of, until a call brings another. */
  ended(key: string): void {
    for (const { told } of this.#byKey.get(key)?.values() ?? []) for (const each of told) each();
  }

  /** Another connection has taken its place. */
  resume(key: string, session: Session): void {
    for (const [uri, watch] of this.#byKey.get(key) ?? []) {
      watch.begun = session.watch(uri, { timeoutMs: ASK_MS });
      watch.begun.catch(() => undefined);
    }
  }

  #end(key: string, uri: string): void {
    const all = this.#byKey.get(key);
    const watch = all?.get(uri);
    all?.delete(uri);
    if (all?.size === 0) this.#byKey.delete(key);
    watch?.begun.then(
      (stop) => stop(),
      () => undefined,
    );
  }
}
