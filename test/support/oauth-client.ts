import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import {
  auth,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { approve, openBrowser } from './browser.ts';
import { ALICE, listen, atEnd } from './interop.ts';

/** Where the browser is sent back to; nothing listens there. */
const CALLBACK = 'http://127.0.0.1:8976/callback';

/** The OAuth provider of an application, whose person signs in and allows whatever is asked. */
export interface OAuthClient extends OAuthClientProvider {
  /** Parameters of each authorization request, in order. */
  readonly asked: readonly URLSearchParams[];
  /** What came back from the last one, once. */
  takeCallback(): URLSearchParams;
  /** Scopes of the token that the client holds. */
  readonly granted: readonly string[];
  readonly registered: string | undefined;
}

/**
 * Creates a client; it registers itself dynamically unless it is known already.
 * @param grants What it registers for.
 */
export function createOAuthClient(
  known?: StoredOAuthClientInformation,
  grants: readonly string[] = ['authorization_code', 'refresh_token'],
): OAuthClient {
  const browser = openBrowser();
  const asked: URLSearchParams[] = [];
  let information = known;
  let discovery: OAuthDiscoveryState | undefined;
  let tokens: StoredOAuthTokens | undefined;
  let callback: URLSearchParams | undefined;
  let verifier = '';
  let state = '';
  return {
    asked,
    redirectUrl: CALLBACK,
    clientMetadata: {
      client_name: 'Interop',
      redirect_uris: [CALLBACK],
      grant_types: [...grants],
      token_endpoint_auth_method: 'none',
    },
    state() {
      state = randomUUID();
      return state;
    },
    clientInformation: () => information,
    saveClientInformation(saved) {
      information = saved;
    },
    tokens: () => tokens,
    saveTokens(saved) {
      tokens = saved;
    },
    saveCodeVerifier(saved) {
      verifier = saved;
    },
    codeVerifier: () => verifier,
    discoveryState: () => discovery,
    saveDiscoveryState(saved) {
      discovery = saved;
    },
    async redirectToAuthorization(url) {
      asked.push(url.searchParams);
      callback = await approve(browser, url.href, ALICE);
      assert.equal(callback.get('state'), state);
    },
    takeCallback() {
      assert.ok(callback !== undefined, 'nobody was asked to sign in');
      const taken = callback;
      callback = undefined;
      return taken;
    },
    get granted() {
      return (tokens?.scope ?? '').split(' ').toSorted();
    },
    get registered() {
      return information?.client_id;
    },
  };
}

/** Signs in and gives an access token with the least scopes, for clients that are handed one. */
export async function obtainToken(serverUrl: string): Promise<string> {
  const client = createOAuthClient();
  assert.equal(await auth(client, { serverUrl }), 'REDIRECT');
  const callback = client.takeCallback();
  const redeemed = { authorizationCode: callback.get('code') ?? '', iss: callback.get('iss') ?? '' };
  assert.equal(await auth(client, { serverUrl, ...redeemed }), 'AUTHORIZED');
  return (await client.tokens())?.access_token ?? '';
}

/** Serves the metadata document of a client on a loopback port and gives its URL, which is the client's id. */
export async function serveClientDocument(t: TestContext): Promise<string> {
  const page = createServer((_, response) => {
    const document = {
      client_id: id,
      client_name: 'Interop',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  const id = `${await listen(page)}/client.json`;
  atEnd(t, () => {
    page.closeAllConnections();
    page.close();
  });
  return id;
}
