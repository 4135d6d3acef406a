import { randomUUID } from 'node:crypto';
import type { OAuthClientProvider, OAuthDiscoveryState, StoredOAuthTokens } from '@modelcontextprotocol/client';
import type { Browser } from './browser.ts';

/** What a client remembers of one person's sign-in, for the official SDK. Nothing is registered ahead. */
export interface Account extends OAuthClientProvider {
  /** Where the browser was sent, with which parameters; the last time first. */
  readonly asked: readonly URLSearchParams[];
  /** What came back from the authorization server, once. */
  takeCallback(): URLSearchParams;
  readonly accessToken: string;
  readonly granted: string;
}

/**
 * An account of a client that is known by the URL of its metadata document (MCP 2026-07-28
 * basic/authorization/client-registration).
 */
export function createAccount(clientId: string, redirectUrl: string, browser: Browser): Account {
  const asked: URLSearchParams[] = [];
  let verifier = '';
  let tokens: StoredOAuthTokens | undefined;
  let callback: URLSearchParams | undefined;
  let state = '';
  let discovered: OAuthDiscoveryState | undefined;
  return {
    redirectUrl,
    clientMetadata: {
      client_name: 'Portcullis tour',
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => ({ client_id: clientId }),
    state() {
      state = randomUUID();
      return state;
    },
    tokens: () => tokens,
    saveTokens(saved) {
      tokens = saved;
    },
    // The answer must come from the authorization server that was asked.
    discoveryState: () => discovered,
    saveDiscoveryState(saved) {
      discovered = saved;
    },
    saveCodeVerifier(saved) {
      verifier = saved;
    },
    codeVerifier: () => verifier,
    async redirectToAuthorization(url) {
      asked.unshift(url.searchParams);
      callback = await browser(url);
      if (callback.get('state') !== state) throw new Error('the answer is not to this request');
    },
    asked,
    takeCallback() {
      if (callback === undefined) throw new Error('nobody was asked to sign in');
      const taken = callback;
      callback = undefined;
      return taken;
    },
    get accessToken() {
      return tokens?.access_token ?? '';
    },
    get granted() {
      return tokens?.scope ?? '';
    },
  };
}
