import * as oauth from 'oauth4webapi';
import { isApprover, type ApprovalRules, type LoginRules, type Viewer } from '../approvals/rules.ts';
import { principalId } from '../identity/principal-id.ts';
import { isObject } from '../protocol/json.ts';
import type { Sealer } from '../pipeline/seal.ts';

/** What the person wanted to see when they had to sign in: nothing else can be returned to. */
export interface Wanted {
  readonly kind: 'list' | 'call' | 'grant' | 'upstream';
  readonly id: string;
}

/** Signs people in by OpenID Connect (authorization code with PKCE), bound to their browser. */
export interface Login {
  /** Where to send the browser, and the value of its `login` cookie. */
  begin(wanted: Wanted): Promise<{ readonly location: string; readonly value: string; readonly seconds: number }>;
  /**
   * Who came back. `query` is that of the redirect, `value` the cookie's.
   * @throws Error when anything does not fit; nothing of it is for the person to read.
   */
  finish(query: string, value: string | undefined): Promise<{ readonly viewer: Viewer; readonly wanted: Wanted }>;
}

const LOGIN_MS = 600_000;
const METADATA_MS = 600_000;
const TIMEOUT_MS = 5_000;

/** What the browser keeps of a sign-in that has begun, sealed. */
interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly wanted: Wanted;
  readonly expires: number;
}

/** What a login works with. */
export interface LoginParts {
  readonly rules: ApprovalRules;
  readonly login: LoginRules;
  readonly sealer: Sealer;
  readonly redirectUri: string;
  /** The secret of the page's client, where it has one. */
  readonly clientSecret: () => Promise<string | undefined>;
}

/** Makes the login of one page. */
export function createLogin({ rules, login, sealer, redirectUri, clientSecret }: LoginParts): Login {
  const issuer = new URL(login.issuer);
  const client: oauth.Client = { client_id: login.clientId };
  const audience = [redirectUri, login.issuer, login.clientId];
  const options = () => ({
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // `resolveApprovals` lets http through for loopback alone.
    [oauth.allowInsecureRequests]: issuer.protocol === 'http:',
  });
  let known: { readonly server: oauth.AuthorizationServer; readonly at: number } | undefined;

  async function discover(): Promise<oauth.AuthorizationServer> {
    if (known !== undefined && Date.now() - known.at < METADATA_MS) return known.server;
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...options() });
    const server = await oauth.processDiscoveryResponse(issuer, response);
    known = { server, at: Date.now() };
    return server;
  }

  async function claimsOf(query: string, begun: Begun): Promise<oauth.IDToken> {
    const server = await discover();
    const parameters = oauth.validateAuthResponse(server, client, new URLSearchParams(query), begun.state);
    const secret = await clientSecret();
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      secret === undefined ? oauth.None() : oauth.ClientSecretBasic(secret),
      parameters,
      redirectUri,
      begun.verifier,
      options(),
    );
    const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: begun.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, options());
    const claims = oauth.getValidatedIdTokenClaims(result);
    if (claims === undefined) throw new Error('the answer has no ID token');
    return claims;
  }

  return {
    async begin(wanted) {
      const server = await discover();
      if (server.authorization_endpoint === undefined) throw new Error('the issuer has no authorization endpoint');
      const begun: Begun = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
        wanted,
        expires: Date.now() + LOGIN_MS,
      };
      const url = new URL(server.authorization_endpoint);
      for (const [name, value] of Object.entries({
        client_id: login.clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid',
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      }))
        url.searchParams.set(name, value);
      const value = sealer.seal('page-login', audience, JSON.stringify(begun));
      return { location: url.href, value, seconds: LOGIN_MS / 1000 };
    },
    async finish(query, value) {
      const text = value === undefined ? undefined : sealer.open('page-login', audience, value);
      const begun = text === undefined ? undefined : readBegun(text);
      if (begun === undefined || begun.expires <= Date.now()) throw new Error('no sign-in was begun in this browser');
      const claims = await claimsOf(query, begun);
      const tenant = login.tenantClaim === undefined ? undefined : claims[login.tenantClaim];
      if (login.tenantClaim !== undefined && (typeof tenant !== 'string' || tenant === ''))
        throw new Error('the ID token does not name the tenant');
      const named = typeof tenant === 'string' ? tenant : undefined;
      const id = principalId(login.issuer, named, claims.sub);
      const viewer = { id, subject: claims.sub, tenant: named, isApprover: isApprover(rules, claims) };
      return { viewer, wanted: begun.wanted };
    },
  };
}

function readBegun(text: string): Begun | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isObject(value['wanted'])) return undefined;
  const { state, nonce, verifier, expires } = value;
  const { kind, id } = value['wanted'];
  if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return undefined;
  if (typeof expires !== 'number' || typeof id !== 'string') return undefined;
  if (kind !== 'list' && kind !== 'call' && kind !== 'grant' && kind !== 'upstream') return undefined;
  return { state, nonce, verifier, expires, wanted: { kind, id } };
}
