import { createGrantBook, type Grant } from '../../approvals/grants.ts';
import { recordGrant, takeNotes } from '../../approvals/grant-record.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** The caller with the scopes that somebody granted for a while, where they make up for what its token lacks. */
export type Elevate = (principal: Principal, needed: readonly string[]) => Promise<Principal | undefined>;

/**
 * Adds granted scopes to those of a token, for one request. A grant counts while it is active, has a reason and a ticket,
 * was approved by somebody other than its subject, and its end lies ahead; any other is as if it were not there.
 */
export function configure(settings: Settings): Elevate {
  const { store, sealer, recorder } = settings;
  const book = createGrantBook(store, sealer);
  const counts = isOn(settings, 'time-boxed-grants') ? isGood : () => true;
  return async function elevate(principal, needed) {
    const now = Date.now();
    const grants = (await book.of(principal.id)).filter((grant) => counts(grant, now));
    if (grants.length === 0) return undefined;
    const missing = needed.filter((scope) => !principal.scopes.has(scope));
    const used = grants.filter(({ scopes }) => missing.some((scope) => scopes.includes(scope)));
    const scopes = new Set([...principal.scopes, ...used.flatMap((grant) => grant.scopes)]);
    if (!needed.every((scope) => scopes.has(scope))) return undefined;
    await takeNotes(store, sealer, recorder);
    for (const grant of used) {
      const recorded = await recordGrant(recorder, grant, 'used', `by client ${principal.client}`);
      if (!recorded.pass) return undefined;
    }
    const until = Math.min(principal.expiresAt, ...used.map((grant) => grant.until ?? principal.expiresAt));
    return Object.freeze({ ...principal, scopes, expiresAt: until });
  };
}

function isGood({ state, until, decided, party, reason, ticket }: Grant, now: number): boolean {
  return (
    state === 'active' &&
    until !== undefined &&
    until > now &&
    decided !== undefined &&
    decided.id !== party.id &&
    reason !== '' &&
    ticket !== ''
  );
}
