import type { Errand } from '../../capabilities/lent.ts';
import { createSwitches, REGISTER_CHANNEL } from '../../controls/kill-switch/register.ts';
import { deny } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { Refusal } from '../../server/refusal.ts';
import { readChallenge, scopesIn, type Challenge } from './challenge.ts';
import type { OpenCredential } from './credential.ts';
import { isInvalidGrant } from './discover.ts';
import { createLoginClient, type LoginClient } from './login-client.ts';
import { createLoginPages } from './login-pages.ts';
import { createLogins, type HeldLogin, type Login, type Logins, type Turn } from './logins.ts';
import { endLogin } from './end-login.ts';
import type { LoginCredential } from './options.ts';
import type { CredentialParts } from './parts.ts';
import { createRemembered, type Remembered } from './remembered.ts';
import { refusalOf, Trouble, whyOf } from './trouble.ts';

/** How long another instance is waited for that refreshes the same token. */
const TURN_MS = 15_000;
/** A refusal makes a token be refreshed once in this time. */
const WINDOW_MS = 10_000;
/** Requests that were under way with the same token when it was refused may all be sent again. */
const MOST_AGAIN = 64;

/**
 * The user's own login at the upstream: made in the browser of that user, kept sealed for that user and upstream alone.
 * @throws TypeError that says what to mend.
 */
export async function openLogin(options: LoginCredential, parts: CredentialParts): Promise<OpenCredential> {
  const { upstream, runtime, log } = parts;
  const { lent, store } = runtime;
  if (lent?.page === undefined || store === undefined)
    throw new TypeError(
      `upstreams.${upstream}.credential: callers sign in on the approval page first, as themselves, and there is none. Configure "approvals" with the issuer of the access tokens, and serve over HTTP.`,
    );
  const { page, sealer, recorder } = lent;
  const client = createLoginClient(options, page, parts);
  const logins = createLogins(store, sealer, upstream);
  const remembered = createRemembered(parts.remember);
  const holder = new Holder({ upstream, client, logins, remembered, log });
  lent.serveLogin(
    upstream,
    createLoginPages({
      upstream,
      sealer,
      logins,
      client,
      async signedIn(principal) {
        const detail = 'signed in at the upstream';
        await recorder.append({ time: Date.now(), kind: 'grant', request: '-', target: upstream, principal, detail });
      },
    }),
  );
  const switches = createSwitches(store, sealer);
  const sweep = (): void => {
    const ended = async (): Promise<void> => {
      const off = (await switches.list()).filter(({ kind }) => kind === 'principal');
      // All at the same time: one that fails, or whose server does not answer, keeps no other from its end.
      await Promise.all(off.map(({ name }) => holder.end(name)));
    };
    ended().catch(() => log('the logins of disabled principals could not be ended'));
  };
  const stopHearing = await store.subscribe(REGISTER_CHANNEL, sweep);
  sweep();
  return {
    kind: options.kind,
    async headers(principal, signal) {
      return { authorization: `Bearer ${await holder.access(principal, signal)}` };
    },
    async refused(principal, status, challenge) {
      if (status === 401) return holder.refused(principal);
      // Scopes that are written are all that there are.
      if (options.scopes === undefined) await holder.widen(principal, readChallenge(challenge));
      return false;
    },
    async errand(principal: Principal): Promise<Errand | undefined> {
      const isIn = await holder.access(principal.id, undefined).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Refusal && error.denial.code === 'LOGIN_REQUIRED') return false;
          throw error;
        },
      );
      const wanted = isIn ? await logins.takeWanted(principal.id) : [];
      if (isIn && wanted.length === 0) return undefined;
      const id = await logins.begin(principal.id);
      if (id === undefined) throw new Refusal(deny('RATE_LIMITED', { retryAfter: 60, detail: 'requests to sign in' }));
      return {
        id,
        message: `${lent.name} needs you to sign in for ${upstream}. Open the page, see where it leads, and sign in there.`,
        url: `${page}?upstream=${id}`,
        settled: (mostMs, aborted) => isThere(logins, principal.id, wanted, mostMs, aborted),
      };
    },
    async close() {
      stopHearing();
      client.close();
      remembered.close();
      await parts.outbound.close();
    },
  };
}

async function isThere(
  logins: Logins,
  principal: string,
  wanted: readonly string[],
  mostMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + mostMs;
  for (;;) {
    const scopes = (await logins.find(principal))?.login.scopes;
    if (scopes !== undefined && wanted.every((each) => scopes.includes(each))) return true;
    if (signal.aborted || Date.now() >= until) return false;
    await logins.changed(principal, until - Date.now(), signal);
  }
}

interface HolderParts {
  readonly upstream: string;
  readonly client: LoginClient;
  readonly logins: Logins;
  readonly remembered: Remembered;
  readonly log: (line: string) => void;
}

/** Gives the access tokens of logins, and refreshes each in one place at a time. */
class Holder {
  readonly #parts: HolderParts;
  readonly #refreshing = new Map<string, Promise<string>>();
  readonly #refusals = new Map<string, { readonly at: number; count: number }>();

  constructor(parts: HolderParts) {
    this.#parts = parts;
  }

  /** @throws Refusal `LOGIN_REQUIRED` where there is no login, `CREDENTIAL_UNAVAILABLE` where it cannot be refreshed now. */
  async access(principal: string, signal: AbortSignal | undefined): Promise<string> {
    const { upstream, log } = this.#parts;
    try {
      const held = await this.#find(principal);
      if (held.login.usableUntil > Date.now()) return held.login.accessToken;
      const earlier = this.#refreshing.get(principal);
      if (earlier !== undefined) return await earlier;
      const refreshed = this.#refresh(principal, signal).finally(() => this.#refreshing.delete(principal));
      this.#refreshing.set(principal, refreshed);
      return await refreshed;
    } catch (error) {
      if (!(error instanceof Refusal)) log(`no login: ${whyOf(error)}`);
      throw refusalOf(upstream, error);
    }
  }

  async #find(principal: string): Promise<HeldLogin> {
    const { logins, client, remembered, upstream } = this.#parts;
    // INVARIANT: nobody's login is the login of all.
    const held = principal === '' ? undefined : await logins.find(principal);
    if (held === undefined) throw missing(upstream, 'there is no login');
    // Known to every log before it is used.
    remembered.note(principal, [held.login.accessToken, held.login.refreshToken]);
    if (client.isOf(held.login)) return held;
    await logins.remove(principal);
    throw missing(upstream, 'the login was made at another place');
  }

  async #refresh(principal: string, signal: AbortSignal | undefined): Promise<string> {
    const { logins } = this.#parts;
    const until = Date.now() + TURN_MS;
    for (;;) {
      const turn = await logins.takeTurn(principal);
      if (turn !== undefined) {
        try {
          return await this.#refreshNow(principal, turn);
        } finally {
          await turn.end();
        }
      }
      if (Date.now() >= until || signal?.aborted === true) throw new Trouble('another instance holds the refresh');
      await logins.changed(principal, until - Date.now(), signal);
      const held = await this.#find(principal);
      if (held.login.usableUntil > Date.now()) return held.login.accessToken;
    }
  }

  async #refreshNow(principal: string, turn: Turn): Promise<string> {
    const { logins, client, upstream, remembered } = this.#parts;
    // Another instance may have done it before this one had its turn; a refresh token that was rotated is never sent.
    const held = await this.#find(principal);
    if (held.login.usableUntil > Date.now()) return held.login.accessToken;
    if (held.login.refreshToken === undefined) {
      await logins.remove(principal);
      throw missing(upstream, 'the login has ended');
    }
    let next: Login | undefined;
    try {
      const refresh = await client.refresh(held.login);
      // Where the server is found out anew that takes a while, and another instance may have its turn by now.
      if (refresh !== undefined && !(await turn.renew())) throw new Trouble('the turn to refresh has lapsed');
      next = await refresh?.();
    } catch (error) {
      if (!isInvalidGrant(error)) throw error;
    }
    if (next === undefined) {
      await logins.remove(principal);
      throw missing(upstream, 'the authorization server ended the login');
    }
    remembered.note(principal, [next.accessToken, next.refreshToken]);
    if (await logins.replace(principal, held, next)) return next.accessToken;
    // It was ended, or made anew, meanwhile: what was just got is nobody's.
    await client.revoke(next).catch(() => undefined);
    return (await this.#find(principal)).login.accessToken;
  }

  /** The upstream wants more than the login holds: the person is asked to sign in again, for that as well. */
  async widen(principal: string, challenge: Challenge | undefined): Promise<void> {
    const { logins, upstream } = this.#parts;
    if (challenge?.error !== 'insufficient_scope') return;
    const held = await logins.find(principal);
    if (held === undefined || challenge.scopes.every((each) => held.login.scopes.includes(each))) return;
    await logins.want(principal, scopesIn([...held.login.scopes, ...challenge.scopes]));
    throw missing(upstream, 'the upstream wants wider scopes');
  }

  async refused(principal: string): Promise<boolean> {
    const { logins, client } = this.#parts;
    const now = Date.now();
    const held = await logins.find(principal);
    if (held === undefined) return false;
    client.doubt();
    // INVARIANT: what is to be refreshed stays as it is: a refresh that is under way replaces exactly that.
    if (held.login.usableUntil <= now && held.login.refreshToken !== undefined) return true;
    const last = this.#refusals.get(principal);
    if (last !== undefined && now - last.at < WINDOW_MS) return ++last.count <= MOST_AGAIN;
    for (const [key, { at }] of this.#refusals) if (now - at >= WINDOW_MS) this.#refusals.delete(key);
    this.#refusals.set(principal, { at: now, count: 0 });
    if (held.login.refreshToken === undefined) {
      await logins.remove(principal);
      return false;
    }
    await logins.replace(principal, held, { ...held.login, usableUntil: 0 });
    return true;
  }

  /** Ends the login of a principal, here and at the authorization server. */
  async end(principal: string): Promise<void> {
    const { logins, client, log, remembered } = this.#parts;
    remembered.forget(principal);
    const ended = await endLogin(logins, principal, (login) => client.revoke(login));
    if (ended === 'untold') log('a login was ended here; its authorization server could not be told');
  }
}

function missing(upstream: string, why: string): Refusal {
  return new Refusal(deny('LOGIN_REQUIRED', { detail: `upstream ${upstream}: ${why}` }));
}
