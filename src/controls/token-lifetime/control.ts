/** When a token was issued and when it lapses, in seconds since the epoch. */
export interface TokenDates {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Why a token lives too long, for the log; `undefined` when it does not. */
export type LifetimeFault = (dates: TokenDates, mostSeconds: number) => string | undefined;

/**
 * Refuses tokens that live longer than the issuer's ceiling: a stolen token is good for as long as it lives (MCP
 * 2026-07-28 basic/authorization/security-considerations, RFC 9700 section 2.2).
 */
export function configure(isOn: boolean): LifetimeFault {
  if (!isOn) return () => undefined;
  return function lifetimeFault({ issuedAt, expiresAt }: TokenDates, mostSeconds: number): string | undefined {
    const lifetime = expiresAt - issuedAt;
    // Written so that a number that is none is refused.
    return lifetime > 0 && lifetime <= mostSeconds ? undefined : 'the lifetime is over the ceiling';
  };
}
