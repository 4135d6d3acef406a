import { randomBytes } from 'node:crypto';
import { isObject } from '../protocol/json.ts';
import type { Sealer } from '../pipeline/seal.ts';
import type { Viewer } from '../approvals/rules.ts';
import type { Store } from '../stores/store.ts';

/** A person who has signed in to the page, for a short while. */
export interface Session {
  readonly viewer: Viewer;
  /** Fresh at each sign-in; forms are bound to it. */
  readonly sid: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly expires: number;
}

/** What of a session says whether it is still good. */
export interface SignedIn {
  /** Key of the principal. */
  readonly id: string;
  readonly sid: string;
  readonly since: number;
  readonly expires: number;
}

/** Sessions live in their cookie, sealed; the store knows only which were ended early. */
export interface Sessions {
  open(viewer: Viewer): { readonly session: Session; readonly value: string; readonly seconds: number };
  read(value: string | undefined): Promise<Session | undefined>;
  /** Whether a sign-in was neither ended, nor revoked, nor has lapsed. */
  isLive(signedIn: SignedIn): Promise<boolean>;
  end(session: Session): Promise<void>;
  /** The token of a form: good in this session, for this purpose. */
  formToken(session: Session, purpose: string): string;
  isFormToken(session: Session, purpose: string, token: string): boolean;
}

const LIFE_MS = 900_000;

/** Makes the sessions of one page; `audience` (address, issuer, client) keeps those of another page from counting here. */
export function createSessions(sealer: Sealer, store: Store, audience: readonly string[]): Sessions {
  async function isLive({ id, sid, since, expires }: SignedIn): Promise<boolean> {
    if (expires <= Date.now()) return false;
    if ((await store.get(endedKey(sid))) !== undefined) return false;
    const revoked = await store.get(revokedKey(id));
    return revoked === undefined || since > Number(revoked);
  }

  return {
    isLive,
    open(viewer) {
      const since = Date.now();
      const session: Session = {
        viewer,
        sid: randomBytes(16).toString('base64url'),
        since,
        expires: since + LIFE_MS,
      };
      return {
        session,
        value: sealer.seal('page-session', audience, JSON.stringify(session)),
        seconds: LIFE_MS / 1000,
      };
    },
    async read(value) {
      const text = value === undefined ? undefined : sealer.open('page-session', audience, value);
      const session = text === undefined ? undefined : readSession(text);
      if (session === undefined) return undefined;
      return (await isLive({ ...session, id: session.viewer.id })) ? session : undefined;
    },
    async end({ sid }) {
      await store.put(endedKey(sid), '1', LIFE_MS);
    },
    formToken: ({ sid }, purpose) => sealer.seal('page-form', [...audience, sid, purpose], ''),
    isFormToken: ({ sid }, purpose, token) => sealer.open('page-form', [...audience, sid, purpose], token) === '',
  };
}

/** Ends the sessions that a principal has, on every page on this store; a later sign-in works again. */
export async function endPageSessions(store: Store, principalId: string): Promise<void> {
  await store.put(revokedKey(principalId), String(Date.now()), LIFE_MS);
}

function revokedKey(principalId: string): string {
  return `page-revoked:${principalId}`;
}

function endedKey(sid: string): string {
  return `page-ended:${sid}`;
}

function readSession(text: string): Session | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isObject(value['viewer'])) return undefined;
  const { sid, since, expires } = value;
  const { id, subject, tenant, isApprover } = value['viewer'];
  if (typeof sid !== 'string' || typeof since !== 'number' || typeof expires !== 'number') return undefined;
  if (typeof id !== 'string' || typeof subject !== 'string' || typeof isApprover !== 'boolean') return undefined;
  return {
    viewer: { id, subject, tenant: typeof tenant === 'string' ? tenant : undefined, isApprover },
    sid,
    since,
    expires,
  };
}
