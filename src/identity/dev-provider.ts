import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type * as OidcProvider from 'oidc-provider';
import { createDevAdapter } from './dev-adapter.ts';
import type { ClientDocuments } from './dev-client-documents.ts';
import { assertRedirectUri, type DevSettings } from './dev-options.ts';
import { audiencesOf } from './resource.ts';

/** Where a person is sent to sign in and to consent. */
export const INTERACTION_PATH = '/interaction/';

const MAX_REDIRECT_URIS = 10;
const HOUR = 3600;

/**
 * Builds the provider: authorization code with PKCE (S256) for public clients, JWT access tokens for one resource,
 * rotating refresh tokens, client ID metadata documents, open registration, revocation.
 */
export function createDevProvider(
  oidc: typeof OidcProvider,
  issuer: string,
  settings: DevSettings,
  documents: ClientDocuments,
  renderError: (status: number) => { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): OidcProvider.Provider {
  const { resource } = settings;
  const accepted = new Set(audiencesOf(resource));
  const names = new Set(settings.users.map((user) => user.name));
  return new oidc.Provider(issuer, {
    adapter: createDevAdapter((id) => loopbackClient(oidc, documents, id)),
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    routes: { authorization: '/authorize', token: '/token', registration: '/register', revocation: '/revoke' },
    responseTypes: ['code'],
    pkce: { required: () => true },
    clientAuthMethods: ['none'],
    clients: settings.clients.map((client) => ({
      client_id: client.clientId,
      client_name: client.name ?? client.clientId,
      redirect_uris: [...client.redirectUris],
      // A native client may not come back to a loopback host by https, as a page of a server with a certificate does.
      application_type: client.redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native',
      grant_types: ['authorization_code', 'refresh_token'],
    })),
    clientDefaults: {
      application_type: 'native',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
    },
    // The validator is called for its properties only, and sees the whole metadata.
    extraClientMetadata: {
      properties: ['software_id'],
      validator(_context: unknown, _name: string, _value: unknown, metadata: Record<string, unknown>) {
        checkRedirectUris(oidc, metadata['redirect_uris']);
        // Clients register the scopes of their first challenge; holding them to those would rule out every step-up.
        delete metadata['scope'];
      },
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      revocation: { enabled: true },
      registration: { enabled: true, issueRegistrationAccessToken: false },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo(_context: unknown, indicator: string) {
          if (!accepted.has(indicator)) throw new oidc.errors.InvalidTarget('the resource is not served here');
          return {
            scope: [...settings.scopes.keys()].join(' '),
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: settings.accessTokenSeconds,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
    },
    async fetch(url: string) {
      return Response.json(await documents.fetch(url));
    },
    findAccount: (_context: unknown, name: string) =>
      names.has(name) ? { accountId: name, claims: () => ({ sub: name }) } : undefined,
    issueRefreshToken: (_context: unknown, client: OidcProvider.Client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    interactions: { url: (_context: unknown, interaction: { uid: string }) => `${INTERACTION_PATH}${interaction.uid}` },
    renderError(context: { status: number; body: unknown; set(headers: Readonly<Record<string, string>>): void }) {
      const page = renderError(context.status);
      context.set({ 'content-type': 'text/html; charset=utf-8', ...page.headers });
      context.body = page.body;
    },
    ttl: {
      AccessToken: settings.accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: 24 * HOUR,
      IdToken: settings.accessTokenSeconds,
      Interaction: 600,
      RefreshToken: 24 * HOUR,
      Session: HOUR,
    },
  });
}

function signingKey(): Readonly<Record<string, unknown>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: randomBytes(8).toString('hex') };
}

async function loopbackClient(
  oidc: typeof OidcProvider,
  documents: ClientDocuments,
  id: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    return await documents.loopback(id);
  } catch (cause) {
    throw new oidc.errors.InvalidClient('client_id metadata document fetch failed', { cause });
  }
}

function checkRedirectUris(oidc: typeof OidcProvider, uris: unknown): void {
  const invalid = oidc.errors.InvalidClientMetadata;
  if (!Array.isArray(uris) || uris.length > MAX_REDIRECT_URIS) {
    throw new invalid(`redirect_uris must be a list of at most ${MAX_REDIRECT_URIS}`);
  }
  for (const uri of uris) {
    if (typeof uri !== 'string') throw new invalid('redirect_uris must be strings');
    try {
      assertRedirectUri(uri);
    } catch (cause) {
      throw new invalid(cause instanceof Error ? cause.message : 'redirect_uris are not valid', { cause });
    }
  }
}
