/** A secret of the deployment in a header. */
export interface SecretCredentialOptions {
  readonly kind: 'secret';
  /** Name of the secret. */
  readonly secret: string;
  /** Header name; `authorization` when absent. */
  readonly header?: string;
  /** Put before the value with a space; `Bearer` in `authorization` when absent. */
  readonly scheme?: string;
}

/** How the gateway proves to an authorization server who it is: one of the two, or neither for a public client. */
export interface ClientOptions {
  readonly clientId?: string;
  /** Name of the secret that is the client's password. */
  readonly clientSecret?: string;
  /** Name of the secret that is the client's private key, PEM (PKCS #8) or JWK, for `private_key_jwt` (RFC 7523). */
  readonly clientKey?: string;
}

/** What a token is asked for. */
export interface TokenOptions {
  /** Issuer of the authorization server; what the upstream's metadata names when absent (RFC 9728). */
  readonly issuer?: string;
  readonly scopes?: readonly string[];
  /** Canonical URL of the upstream as its authorization server knows it (RFC 8707); its URL when absent. */
  readonly resource?: string;
  /** What the token has to name as its audience where it can be read; the resource when absent. */
  readonly audience?: string;
}

/** The gateway's own token, by client credentials (RFC 6749 section 4.4). */
export interface ClientCredentials extends ClientOptions, TokenOptions {
  readonly kind: 'client-credentials';
  readonly clientId: string;
}

/** A short assertion about the caller, signed with a key of the gateway's (RFC 7519). */
export interface AssertionCredential {
  readonly kind: 'assertion';
  /** Name of the secret that is the private key, PEM (PKCS #8) or JWK. */
  readonly key: string;
  /** `iss`; the URL of the gateway's endpoint when absent. */
  readonly issuer?: string;
  /** `aud`; the upstream's URL when absent. */
  readonly audience?: string;
}

/** The user's own login at the upstream's authorization server. */
export interface LoginCredential extends ClientOptions, TokenOptions {
  readonly kind: 'login';
  /** Name of a secret with a token for looking at what is offered before anybody has signed in; nothing is sent when absent. */
  readonly pinWith?: string;
  /** Whether a client is registered at servers that take no document of one (RFC 7591); none is when absent. */
  readonly register?: boolean;
}

/** A token that was exchanged for what proves the caller (RFC 8693). */
export interface ExchangeCredential extends ClientOptions, TokenOptions {
  readonly kind: 'exchange';
  readonly clientId: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** What proves the caller: the token that it came with, or an assertion that the gateway signs with `key`. */
  readonly subject?: 'token' | 'assertion';
  readonly key?: string;
}

/** What is sent to an upstream behind a URL. */
export type CredentialOptions =
  | SecretCredentialOptions
  | ClientCredentials
  | AssertionCredential
  | LoginCredential
  | ExchangeCredential;

/** Whether it says who the caller is, so that no connection can be shared. */
export function isOfPrincipal({ kind }: CredentialOptions): boolean {
  return kind === 'assertion' || kind === 'login' || kind === 'exchange';
}

/** Names of secrets that a credential uses, by the key that names each. */
export function secretsOfCredential(options: CredentialOptions): Readonly<Record<string, string>> {
  const names = ['secret', 'clientSecret', 'clientKey', 'key', 'pinWith'] as const;
  const found = names.flatMap((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(options, name)?.value;
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}
