import * as oauth from 'oauth4webapi';
import { configure } from '../../controls/oauth-client/control.ts';
import { audiencesOf } from '../../identity/resource.ts';
import { createClientProof } from './client.ts';
import { createDiscovery, requestOptions, type Authority } from './discover.ts';
import { revokeLogin } from './end-login.ts';
import type { Login } from './logins.ts';
import type { LoginCredential } from './options.ts';
import { resourceOf, type CredentialParts } from './parts.ts';
import { keysPath, publishKeys } from './published-keys.ts';
import { createRegistration, proofOf, type Registered } from './registration.ts';
import { readToken } from './token.ts';
import { Trouble } from './trouble.ts';

/** The gateway as a client of the authorization server of one upstream. */
export interface LoginClient {
  /** Where a browser comes back to; one address for each upstream, so that no answer is taken for another's. */
  readonly redirectUri: string;
  /** An authorization request, for what is always asked for and these scopes. @throws Trouble. */
  request(state: string, verifier: string, more: readonly string[]): Promise<Requested>;
  /** Turns what a browser came back with into a login. @throws Error. */
  redeem(query: string, begun: BegunLogin): Promise<() => Promise<Login>>;
  /**
   * What gets a fresh access token, and the refresh token that comes next, by one request; `undefined` where the upstream
   * has another authorization server by now, which must not see this one's tokens. @throws Error.
   */
  refresh(login: Login): Promise<(() => Promise<Login>) | undefined>;
  /** The upstream refused a token: it may have another authorization server by now. */
  doubt(): void;
  /** Whether a login is of what is configured now. */
  isOf(login: Login): boolean;
  /** Tells the authorization server that a login has ended (RFC 7009), where it takes that. */
  revoke(login: Login): Promise<void>;
  close(): void;
}

/** Where a browser is sent. */
export interface Requested {
  readonly issuer: string;
  readonly location: string;
  readonly scopes: readonly string[];
}

/** What a login began with. */
export interface BegunLogin {
  readonly state: string;
  readonly verifier: string;
  /** Where the browser was sent, and what was asked for there. */
  readonly issuer: string;
  readonly scopes: readonly string[];
}

/** The gateway as one authorization server knows it. */
interface Known {
  readonly client: oauth.Client;
  readonly registered?: Registered;
}

function knownOf({ client, registered }: Login): Known {
  return { client: { client_id: client }, ...(registered === undefined ? {} : { registered }) };
}

/**
 * Makes the client of one upstream, and publishes its metadata document where it has no id of its own.
 * @throws TypeError that says what to mend.
 */
export function createLoginClient(options: LoginCredential, page: string, parts: CredentialParts): LoginClient {
  const { upstream, outbound, runtime } = parts;
  const resource = resourceOf(parts.url, options.resource);
  const redirectUri = `${page}/upstream/${upstream}/callback`;
  const proof = createClientProof(options, parts);
  const rules = configure(runtime.weakened ?? new Set());
  const discovery = createDiscovery({ outbound, url: parts.url, resource, issuer: options.issuer, rules });
  const audiences = options.audience === undefined ? audiencesOf(resource) : [options.audience];
  const stop = options.clientKey === undefined ? () => undefined : publishKeys(parts, options.clientKey);
  const documentUrl = options.clientId === undefined ? publishDocument(options, redirectUri, parts) : undefined;
  const send = requestOptions(outbound);

  const register = options.register === true ? registrationOf(parts) : undefined;

  async function clientOf({ server }: Authority): Promise<Known> {
    if (options.clientId !== undefined) return { client: { client_id: options.clientId } };
    // draft-ietf-oauth-client-id-metadata-document, section 5
    if (server['client_id_metadata_document_supported'] === true && documentUrl !== undefined)
      return { client: { client_id: documentUrl } };
    if (register === undefined)
      throw new Trouble(
        `${server.issuer} takes no client ID metadata document. Register a client there for ${redirectUri}, and write its "clientId", or write "register: true"`,
      );
    const registered = await register(server);
    return { client: { client_id: registered.id }, registered };
  }

  async function proofFor({ server }: Authority, { registered }: Pick<Known, 'registered'>): Promise<oauth.ClientAuth> {
    return registered === undefined ? proof.authentication(server) : proofOf(registered);
  }

  function scopesOf({ scopes }: Authority): readonly string[] {
    return options.scopes ?? scopes;
  }

  function loginOf(
    response: oauth.TokenEndpointResponse,
    { issuer }: Authority,
    { client, registered }: Known,
    scopes: readonly string[],
    before?: Login,
  ): Login {
    const token = readToken(response, { audiences, scopes }, rules);
    return {
      accessToken: token.value,
      usableUntil: token.usableUntil,
      refreshToken: response.refresh_token ?? before?.refreshToken,
      issuer,
      resource,
      client: client.client_id,
      ...(registered === undefined ? {} : { registered }),
      scopes,
    };
  }

  return {
    redirectUri,
    async request(state, verifier, more) {
      const authority = await discovery.find();
      const { server, issuer } = authority;
      if (server.authorization_endpoint === undefined) throw new Trouble(`${issuer} has no authorization endpoint`);
      if (!rules.checksPkce(server.code_challenge_methods_supported))
        throw new Trouble(`${issuer} does not say that it checks PKCE with S256`);
      const location = new URL(server.authorization_endpoint);
      if (location.protocol !== 'https:' && location.origin !== new URL(issuer).origin)
        throw new Trouble(`the authorization endpoint of ${issuer} is not https`);
      const scopes = [...new Set([...scopesOf(authority), ...more])];
      for (const [name, value] of Object.entries({
        client_id: (await clientOf(authority)).client.client_id,
        response_type: 'code',
        redirect_uri: redirectUri,
        resource,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      }))
        location.searchParams.set(name, value);
      return { issuer, location: location.href, scopes };
    },
    async redeem(query, { state, verifier, issuer, scopes }) {
      const authority = await discovery.find();
      const { server } = authority;
      // INVARIANT: a code goes to the server that the browser was sent to, and to no other (mix-up).
      if (server.issuer !== issuer) throw new Trouble('the authorization server has changed since the login began');
      const known = await clientOf(authority);
      const { client } = known;
      const parameters = oauth.validateAuthResponse(server, client, new URLSearchParams(query), state);
      return async () => {
        const proven = await proofFor(authority, known);
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          proven,
          parameters,
          redirectUri,
          verifier,
          { ...send, additionalParameters: { resource } },
        );
        return loginOf(
          await oauth.processAuthorizationCodeResponse(server, client, response),
          authority,
          known,
          scopes,
        );
      };
    },
    async refresh(login) {
      const authority = await discovery.find();
      const { server } = authority;
      if (login.issuer !== authority.issuer) return undefined;
      // The refresh token is that of the client that it was given to.
      const known = login.registered === undefined ? await clientOf(authority) : knownOf(login);
      const { client } = known;
      if (login.client !== client.client_id) return undefined;
      const proven = await proofFor(authority, known);
      return async () => {
        const response = await oauth.refreshTokenGrantRequest(server, client, proven, login.refreshToken ?? '', {
          ...send,
          additionalParameters: { resource },
        });
        const given = await oauth.processRefreshTokenResponse(server, client, response);
        return loginOf(given, authority, known, login.scopes, login);
      };
    },
    doubt: () => discovery.doubt(),
    isOf({ resource: of, issuer, client, registered }) {
      const { issuer: named = issuer, clientId = documentUrl } = options;
      const isOurs = registered === undefined ? client === clientId : register !== undefined;
      return of === resource && issuer === named && isOurs;
    },
    revoke: (login) => revokeLogin(options, login, parts),
    close: stop,
  };

  function registrationOf({ remember }: CredentialParts): (server: oauth.AuthorizationServer) => Promise<Registered> {
    const { lent, store } = runtime;
    if (lent === undefined || store === undefined)
      throw new TypeError(`upstreams.${upstream}.credential.register: there is no store to keep a registration in.`);
    const { sealer, name } = lent;
    const called = `${name}, for ${upstream}`;
    return createRegistration({ upstream, name: called, redirectUri, store, sealer, outbound, remember });
  }

  /** Publishes the client ID metadata document: its URL is the id. */
  function publishDocument({ clientKey }: LoginCredential, redirect: string, own: CredentialParts): string {
    const { lent } = runtime;
    const { origin } = new URL(page);
    const path = `/gateway/${own.upstream}/client.json`;
    const document = JSON.stringify({
      client_id: origin + path,
      client_name: `${lent?.name ?? 'Portcullis'}, for ${own.upstream}`,
      redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...(clientKey === undefined
        ? { token_endpoint_auth_method: 'none' }
        : { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: origin + keysPath(own.upstream) }),
    });
    lent?.publish(path, () => document);
    return origin + path;
  }
}
