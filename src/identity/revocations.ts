/** Credentials and principals that are refused before their tokens lapse. */
export interface Revocations {
  revokeCredential(credential: string, now: number): void;
  revokePrincipal(id: string, now: number): void;
  /** Whether a token of this principal, issued at `issuedAt` (seconds since the epoch), is refused. */
  covers(credential: string, principal: string, issuedAt: number): boolean;
}

const SWEEP_EVERY = 1024;

/**
 * Remembers revocations for `keepMs`, the longest that a token can live. A principal's revocation covers every token
 * issued until then, and those of the clock skew after it; a later sign-in works again.
 */
export function createRevocations(keepMs: number, clockSkewSeconds: number): Revocations {
  const credentials = new Map<string, number>();
  const principals = new Map<string, number>();

  function remember(revoked: Map<string, number>, key: string, now: number): void {
    revoked.set(key, now);
    if (revoked.size % SWEEP_EVERY !== 0) return;
    for (const [old, at] of revoked) if (at + keepMs < now) revoked.delete(old);
  }

  return {
    revokeCredential(credential, now) {
      remember(credentials, credential, now);
    },
    revokePrincipal(id, now) {
      remember(principals, id, now);
    },
    covers(credential, principal, issuedAt) {
      if (credentials.has(credential)) return true;
      const at = principals.get(principal);
      return at !== undefined && issuedAt <= at / 1000 + clockSkewSeconds;
    },
  };
}
