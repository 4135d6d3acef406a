import { randomBytes } from 'node:crypto';
import type { Sealer } from '../../pipeline/seal.ts';
import { isObject } from '../../protocol/json.ts';
import type { Store } from '../../stores/store.ts';
import { scopesIn } from './challenge.ts';
import { readRegistered, type Registered } from './registration.ts';

/** What a person's login at an upstream came to. */
export interface Login {
  readonly accessToken: string;
  /** Milliseconds since the epoch after which it has to be refreshed. */
  readonly usableUntil: number;
  readonly refreshToken: string | undefined;
  /** Where it was made, for what, and by which client: it is void for any other. */
  readonly issuer: string;
  readonly resource: string;
  readonly client: string;
  /** What the client was registered as, where nobody has done that by hand. */
  readonly registered?: Registered;
  /** The scopes that were asked for. */
  readonly scopes: readonly string[];
}

/** A login as it was read, with the sealed text that a change has to replace. */
export interface HeldLogin {
  readonly login: Login;
  readonly sealed: string;
}

/** The one place in which a principal's token is refreshed. */
export interface Turn {
  /** Whether it is held still, and then for its whole time from now on. */
  renew(): Promise<boolean>;
  end(): Promise<void>;
}

/** The logins at one upstream, of every instance on one store. */
export interface Logins {
  find(principal: string): Promise<HeldLogin | undefined>;
  put(principal: string, login: Login): Promise<void>;
  /** Replaces exactly what was read: false when it has changed meanwhile. */
  replace(principal: string, held: HeldLogin, next: Login): Promise<boolean>;
  /** Whether there was one. */
  remove(principal: string): Promise<boolean>;
  /** Ids of the principals who have one. */
  principals(): Promise<readonly string[]>;
  /** The request to sign in that is open for a principal, or a new one, which can be used once; `undefined` after too many. */
  begin(principal: string): Promise<string | undefined>;
  /** Whose request it is. */
  whose(id: string): Promise<string | undefined>;
  /** Notes that a login has to hold these scopes, when it is made anew. */
  want(principal: string, scopes: readonly string[]): Promise<void>;
  /** The scopes that a new login of a principal has to hold; none when nothing was noted. */
  wanted(principal: string): Promise<readonly string[]>;
  /** The same, for the first who asks since they were noted. */
  takeWanted(principal: string): Promise<readonly string[]>;
  /** Uses a request up: false when it was used before, or has lapsed. */
  use(id: string): Promise<boolean>;
  /** Takes the one place in which a principal's token is refreshed. */
  takeTurn(principal: string): Promise<Turn | undefined>;
  /** Resolves when the login of a principal has changed, after `mostMs`, or when the signal aborts. */
  changed(principal: string, mostMs: number, signal: AbortSignal | undefined): Promise<void>;
}

/** How long a login is kept that is not used. */
const KEEP_MS = 30 * 86_400_000;
const BEGUN_MS = 600_000;
/** Requests to sign in of one principal at one upstream, a minute. */
const ASKS = 6;
const TURN_MS = 20_000;
/** Another process may change a login without a message that reaches this one. */
const LOOK_MS = 500;
const MOST = 10_000;
const CHANNEL = 'upstream-logins';
const ID = /^[A-Za-z0-9_-]{22}$/;

/**
 * Keeps logins in the store, each sealed under the root keys (AES-256-GCM) with its principal and upstream as context:
 * whoever can write to the store can neither read one nor put it under another principal or upstream.
 */
export function createLogins(store: Store, sealer: Sealer, upstream: string): Logins {
  const keyOf = (principal: string) => `upstream-login:${upstream}:${principal}`;
  const begunKey = (id: string) => `upstream-begun:${upstream}:${id}`;
  const indexKey = (principal: string) => `upstream-begun-of:${upstream}:${principal}`;
  const wantedKey = (principal: string) => `upstream-wanted:${upstream}:${principal}`;
  const untakenKey = (principal: string) => `upstream-untaken:${upstream}:${principal}`;
  const turnKey = (principal: string) => `upstream-turn:${upstream}:${principal}`;
  const seal = (principal: string, login: Login) =>
    sealer.seal('upstream-login', [upstream, principal], JSON.stringify(login));
  const tell = async (principal: string): Promise<void> => store.publish(CHANNEL, `${upstream} ${principal}`);

  async function whose(id: string): Promise<string | undefined> {
    const sealed = ID.test(id) ? await store.get(begunKey(id)) : undefined;
    return sealed === undefined ? undefined : sealer.open('upstream-begun', [upstream, id], sealed);
  }

  async function wanted(principal: string): Promise<readonly string[]> {
    const sealed = await store.get(wantedKey(principal));
    const text = sealed === undefined ? undefined : sealer.open('upstream-wanted', [upstream, principal], sealed);
    return text === undefined ? [] : text.split(' ');
  }

  return {
    whose,
    wanted,
    async want(principal, scopes) {
      const sealed = sealer.seal('upstream-wanted', [upstream, principal], scopes.join(' '));
      await store.put(wantedKey(principal), sealed, BEGUN_MS);
      await store.put(untakenKey(principal), '1', BEGUN_MS);
    },
    takeWanted: async (principal) => ((await store.delete(untakenKey(principal))) ? wanted(principal) : []),
    async find(principal) {
      const sealed = await store.get(keyOf(principal));
      const text = sealed === undefined ? undefined : sealer.open('upstream-login', [upstream, principal], sealed);
      const login = text === undefined ? undefined : readLogin(text);
      return sealed === undefined || login === undefined ? undefined : { login, sealed };
    },
    async put(principal, login) {
      await store.put(keyOf(principal), seal(principal, login), KEEP_MS);
      await store.delete(wantedKey(principal));
      await store.delete(untakenKey(principal));
      await tell(principal);
    },
    async replace(principal, held, next) {
      const done = await store.compareAndSet(keyOf(principal), held.sealed, seal(principal, next), KEEP_MS);
      if (done) await tell(principal);
      return done;
    },
    async remove(principal) {
      const was = await store.delete(keyOf(principal));
      if (was) await tell(principal);
      return was;
    },
    async principals() {
      const prefix = keyOf('');
      return (await store.keys(prefix, MOST)).map((key) => key.slice(prefix.length));
    },
    async begin(principal) {
      const open = await store.get(indexKey(principal));
      if (open !== undefined && (await whose(open)) === principal) return open;
      const rate = await store.rate(`upstream-ask:${upstream}:${principal}`, ASKS, ASKS);
      if (rate.waitMs > 0) return undefined;
      const id = randomBytes(16).toString('base64url');
      await store.put(begunKey(id), sealer.seal('upstream-begun', [upstream, id], principal), BEGUN_MS);
      await store.put(indexKey(principal), id, BEGUN_MS);
      return id;
    },
    use: async (id) => store.delete(begunKey(id)),
    async takeTurn(principal) {
      const nonce = randomBytes(8).toString('base64url');
      if (!(await store.add(turnKey(principal), nonce, TURN_MS))) return undefined;
      return {
        renew: async () => store.compareAndSet(turnKey(principal), nonce, nonce, TURN_MS),
        async end() {
          // Whose turn has lapsed must not end that of another.
          if ((await store.get(turnKey(principal))) === nonce) await store.delete(turnKey(principal));
        },
      };
    },
    async changed(principal, mostMs, signal) {
      let wake: () => void = () => undefined;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const stop = await store.subscribe(CHANNEL, (what) => {
        if (what === `${upstream} ${principal}`) wake();
      });
      const timer = setTimeout(wake, Math.max(1, Math.min(mostMs, LOOK_MS)));
      signal?.addEventListener('abort', wake, { once: true });
      try {
        if (signal?.aborted !== true) await woken;
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        stop();
      }
    },
  };
}

function readLogin(text: string): Login | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) return undefined;
  const { accessToken, usableUntil, refreshToken, issuer, resource, client } = value;
  const registered = readRegistered(value['registered']);
  if (typeof accessToken !== 'string' || typeof usableUntil !== 'number' || typeof issuer !== 'string')
    return undefined;
  if (typeof resource !== 'string' || typeof client !== 'string') return undefined;
  return {
    accessToken,
    usableUntil,
    refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined,
    issuer,
    resource,
    client,
    ...(registered === undefined ? {} : { registered }),
    scopes: scopesIn(value['scopes']),
  };
}
