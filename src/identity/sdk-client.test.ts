import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import {
  auth,
  extractWWWAuthenticateParams,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { approve, openBrowser } from '../../test/support/browser.ts';
import { ERRORS } from '../errors.ts';
import { type Denial, deny } from '../pipeline/decision.ts';
import { createAuthenticator } from './authenticator.ts';
import { startDevAuthorizationServer } from './dev-authorization-server.ts';
import { challenge, metadataPaths, protectedResourceMetadata } from './metadata.ts';
import { satisfies } from './scopes.ts';

const CALLBACK = 'http://127.0.0.1:8976/callback';
const ALICE = { name: 'alice', password: 'wonder' };

/** An OAuth client that keeps everything in memory, as an application built on the official SDK would on disk. */
function createClient(): OAuthClientProvider & { opened: string; kept: StoredOAuthTokens | undefined } {
  let information: StoredOAuthClientInformation | undefined;
  let discovery: OAuthDiscoveryState | undefined;
  let verifier = '';
  return {
    opened: '',
    kept: undefined,
    redirectUrl: CALLBACK,
    clientMetadata: {
      client_name: 'SDK',
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    },
    clientInformation: () => information,
    saveClientInformation(saved) {
      information = saved;
    },
    tokens() {
      return this.kept;
    },
    saveTokens(saved) {
      this.kept = saved;
    },
    redirectToAuthorization(url) {
      this.opened = url.href;
    },
    saveCodeVerifier(saved) {
      verifier = saved;
    },
    codeVerifier: () => verifier,
    discoveryState: () => discovery,
    saveDiscoveryState(saved) {
      discovery = saved;
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}

test('the client of the official SDK finds its way from a 401, and from a 403 to more scopes', async (t) => {
  const server = createServer();
  const resource = `${await listen(server)}/mcp`;
  const scopes = { 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' };
  const authority = await startDevAuthorizationServer({
    profile: 'dev',
    host: '127.0.0.1',
    resource,
    scopes,
    users: [ALICE],
  });
  const authenticator = createAuthenticator({ resource, issuers: [{ issuer: authority.issuer }] });
  t.after(async () => {
    server.close();
    await Promise.all([authenticator.close(), authority.close()]);
  });
  const paths = metadataPaths(resource);
  const metadata = protectedResourceMetadata({
    resource,
    authorizationServers: [authority.issuer],
    scopes: ['notes:read'],
  });

  async function decide(request: IncomingMessage, needed: readonly string[]): Promise<Denial | undefined> {
    const result = await authenticator.authenticate(request.headers.authorization);
    if (!result.pass) return result;
    return satisfies(result.principal.scopes, needed) ? undefined : deny('SCOPE_INSUFFICIENT', { scopes: needed });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '', resource);
    if (pathname === paths.inserted) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata));
      return;
    }
    const needed = search === '?write' ? ['notes:read', 'notes:write'] : ['notes:read'];
    const denial = await decide(request, needed);
    const header = denial && challenge(denial, { metadataUrl: paths.url, scopes: needed });
    const status = denial === undefined ? 200 : ERRORS[denial.code].status;
    response.writeHead(status, header === undefined ? {} : { 'www-authenticate': header }).end();
  }

  server.on('request', (request, response) => void answer(request, response));
  const client = createClient();
  const browser = openBrowser();
  const call = (query: string): Promise<Response> =>
    fetch(`${resource}${query}`, {
      headers: client.kept ? { authorization: `Bearer ${client.kept.access_token}` } : {},
    });
  const authorize = async (response: Response, forceReauthorization: boolean): Promise<void> => {
    const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(response);
    assert.ok(resourceMetadataUrl !== undefined && scope !== undefined);
    const options = { serverUrl: resource, resourceMetadataUrl, scope };
    assert.equal(await auth(client, { ...options, forceReauthorization }), 'REDIRECT');
    const answer = await approve(browser, client.opened, ALICE);
    const redeemed = { authorizationCode: answer.get('code') ?? '', iss: answer.get('iss') ?? '' };
    assert.equal(await auth(client, { ...options, ...redeemed }), 'AUTHORIZED');
  };

  const first = await call('');
  assert.equal(first.status, 401);
  await authorize(first, false);
  assert.equal((await call('')).status, 200);

  const lacking = await call('?write');
  assert.equal(lacking.status, 403);
  await authorize(lacking, true);
  assert.equal((await call('?write')).status, 200);

  const before = client.kept?.access_token;
  assert.equal(await auth(client, { serverUrl: resource }), 'AUTHORIZED');
  assert.notEqual(client.kept?.access_token, before);
  assert.equal((await call('?write')).status, 200);
});
