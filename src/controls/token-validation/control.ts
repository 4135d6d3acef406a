import { createAuthenticator, type Authenticator, type IssuerOptions } from '../../identity/authenticator.ts';
import type { Weakness } from '../../identity/verifier.ts';

/** Whose tokens are taken, and for what. */
export interface TokenOptions {
  /** Canonical URL of this server: the only audience. */
  readonly resource: string;
  readonly issuers: readonly IssuerOptions[];
  readonly clockSkewSeconds?: number | undefined;
  readonly hierarchy?: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * Verifies every token whole, on every request: signature by the issuer's own keys, algorithm, type, issuer, audience,
 * dates, subject and client (RFC 9068 section 4, RFC 8725). `undefined` without an issuer: then nobody comes in.
 * @throws TypeError that names the option at fault.
 */
export function configure(weakened: ReadonlySet<string>, options: TokenOptions): Authenticator | undefined {
  const { resource, issuers, clockSkewSeconds, hierarchy } = options;
  if (issuers.length === 0) return undefined;
  const weaknesses: readonly Weakness[] = [
    ...(weakened.has('token-validation') ? (['validation', 'audience'] as const) : []),
    ...(weakened.has('token-lifetime') ? (['lifetime'] as const) : []),
  ];
  return createAuthenticator({
    resource,
    issuers,
    ...(clockSkewSeconds === undefined ? {} : { clockSkewSeconds }),
    ...(hierarchy === undefined ? {} : { hierarchy }),
    weakened: new Set(weaknesses),
  });
}
