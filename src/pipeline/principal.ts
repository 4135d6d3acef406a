/** A verified caller: issuer and subject, with tenant, and the OAuth client that acts for it. Never the token. */
export interface Principal {
  /** Stable key of (issuer, tenant, subject): 44 letters, digits, _ and -, safe as a database key and in logs. */
  readonly id: string;
  /** Issuer URL, or `local` on stdio. */
  readonly issuer: string;
  readonly subject: string;
  readonly tenant?: string;
  /** The OAuth client id (`client_id` or `azp`), or `local` on stdio. */
  readonly client: string;
  /** Scopes granted, with those implied by the declared hierarchy. */
  readonly scopes: ReadonlySet<string>;
  /** When the credential lapses, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** A key of the credential itself (SHA-256 of the token, base64url): revocation and session binding use it. */
  readonly credential: string;
}
