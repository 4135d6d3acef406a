import { randomBytes } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import type { LoginOffer, LoginSite, PageVisitor } from '../../capabilities/lent.ts';
import type { Sealer } from '../../pipeline/seal.ts';
import { isObject } from '../../protocol/json.ts';
import { scopesIn } from './challenge.ts';
import { endLogin } from './end-login.ts';
import type { LoginClient } from './login-client.ts';
import type { Logins } from './logins.ts';
import { Trouble, whyOf } from './trouble.ts';

/** What the browser keeps of a login that has begun, sealed. */
interface Begun {
  readonly id: string;
  readonly state: string;
  readonly verifier: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly expires: number;
  readonly visitor: PageVisitor;
}

/** What the pages of one upstream work with. */
export interface LoginPagesParts {
  readonly upstream: string;
  readonly sealer: Sealer;
  readonly logins: Logins;
  readonly client: LoginClient;
  /** Told when somebody has signed in. Nothing is kept unless it resolves. */
  readonly signedIn: (principal: string) => Promise<void>;
}

const LOGIN_MS = 600_000;

/**
 * Leads a person through the login at an upstream. INVARIANT: who completes it is who began it by a call. The id is
 * offered to that principal alone, after a sign-in to the page; the state, the code's verifier and that sign-in are sealed
 * into a cookie of the same browser; and an id is used once (MCP 2026-07-28 client/elicitation#phishing).
 */
export function createLoginPages({ upstream, sealer, logins, client, signedIn }: LoginPagesParts): LoginSite {
  const context = [upstream, client.redirectUri];
  return {
    async offer(id: string, visitor: PageVisitor): Promise<LoginOffer | undefined> {
      if ((await logins.whose(id)) !== visitor.id) return undefined;
      const state = randomBytes(32).toString('base64url');
      const verifier = oauth.generateRandomCodeVerifier();
      const more = await logins.wanted(visitor.id);
      const { issuer, location, scopes } = await client.request(state, verifier, more).catch(told);
      const begun: Begun = { id, state, verifier, issuer, scopes, expires: Date.now() + LOGIN_MS, visitor };
      const value = sealer.seal('upstream-cookie', context, JSON.stringify(begun));
      return { upstream, location, scopes, value, seconds: LOGIN_MS / 1000 };
    },
    async finish(query, value, isSignedIn) {
      const text = value === undefined ? undefined : sealer.open('upstream-cookie', context, value);
      const begun = text === undefined ? undefined : readBegun(text);
      if (begun === undefined || begun.expires <= Date.now()) throw new Trouble('no login was begun in this browser');
      if (!(await isSignedIn(begun.visitor))) throw new Trouble('the person is not signed in any more');
      const { id, visitor } = begun;
      if ((await logins.whose(id)) !== visitor.id) throw new Trouble('the login was used before, or has lapsed');
      const redeem = await client.redeem(query, begun).catch(told);
      // INVARIANT: an answer is used once, in whichever instance it arrives.
      if (!(await logins.use(id))) throw new Trouble('the login was used before');
      const login = await redeem().catch(told);
      await signedIn(visitor.id);
      await logins.put(visitor.id, login);
      // Who was switched off while the code was redeemed had no login yet that could be ended.
      if (await isSignedIn(visitor).catch(() => false)) return;
      await endLogin(logins, visitor.id, (ended) => client.revoke(ended));
      throw new Trouble('the person is not signed in any more');
    },
  };
}

/** What is logged of a failure holds nothing that was sent or received. */
function told(error: unknown): never {
  throw new Trouble(whyOf(error));
}

function readBegun(text: string): Begun | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isObject(value['visitor'])) return undefined;
  const { id, state, verifier, issuer, expires } = value;
  const { id: who, sid, since, expires: ends } = value['visitor'];
  if (typeof id !== 'string' || typeof state !== 'string' || typeof verifier !== 'string') return undefined;
  if (typeof issuer !== 'string' || typeof expires !== 'number') return undefined;
  if (typeof who !== 'string' || typeof sid !== 'string' || typeof since !== 'number' || typeof ends !== 'number')
    return undefined;
  const scopes = scopesIn(value['scopes']);
  return { id, state, verifier, issuer, scopes, expires, visitor: { id: who, sid, since, expires: ends } };
}
