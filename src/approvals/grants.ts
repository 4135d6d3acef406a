import { randomBytes } from 'node:crypto';
import { isObject } from '../protocol/json.ts';
import type { Sealer } from '../pipeline/seal.ts';
import type { Store } from '../stores/store.ts';
import type { DecidedBy, Party } from './approval.ts';
import { readDecided, readTexts } from './read.ts';

/** Where a grant stands. An active one is good until its time, and for nothing afterwards. */
export type GrantState = 'pending' | 'active' | 'denied' | 'revoked';

/** Scopes for one principal, for a while. */
export interface Grant {
  /** 128 random bits, base64url. */
  readonly id: string;
  readonly state: GrantState;
  readonly party: Omit<Party, 'client'>;
  readonly scopes: readonly string[];
  /** Milliseconds that it is good for once it is approved. */
  readonly forMs: number;
  readonly reason: string;
  readonly ticket: string;
  /** Who asked for it: the user of the operating system. */
  readonly requestedBy: string;
  readonly created: number;
  /** Until when it can be approved. */
  readonly expires: number;
  /** Until when it is good; absent before it is approved. */
  readonly until?: number;
  readonly decided?: DecidedBy;
}

/** A grant as it was read. */
export interface HeldGrant {
  readonly grant: Grant;
  readonly sealed: string;
}

/** What is asked for. */
export type GrantDraft = Pick<Grant, 'party' | 'scopes' | 'forMs' | 'reason' | 'ticket' | 'requestedBy'>;

/** The grants of every instance on one store. */
export interface GrantBook {
  request(draft: GrantDraft): Promise<Grant>;
  find(id: string): Promise<HeldGrant | undefined>;
  /** All grants that the store still has. */
  list(): Promise<readonly Grant[]>;
  /** Grants of one principal, whatever their state. */
  of(partyId: string): Promise<readonly Grant[]>;
  /** Decides: false when it was decided or lapsed meanwhile. */
  decide(held: HeldGrant, state: 'active' | 'denied', decided: DecidedBy): Promise<boolean>;
  /** Ends a grant that waits or is active: false when there is none to end. */
  revoke(id: string): Promise<Grant | undefined>;
  /** Writes a grant as it is given; for tests and for proofs. */
  put(grant: Grant): Promise<void>;
}

const ID = /^[A-Za-z0-9_-]{22}$/;
const STATES: readonly GrantState[] = ['pending', 'active', 'denied', 'revoked'];
/** How long a request waits for its approver, and how long what has ended is listed. */
const WAIT_MS = 86_400_000;
const KEEP_MS = 86_400_000;
const MOST = 1_000;
/** Grants of one principal that are looked at. */
const MOST_OWN = 32;

/** Keeps grants in the store, sealed under the root keys: whoever can write to the store cannot make one. */
export function createGrantBook(store: Store, sealer: Sealer): GrantBook {
  const keyOf = (id: string) => `grant:${id}`;
  const indexOf = (partyId: string, id: string) => `grant-of:${partyId}:${id}`;
  const seal = (grant: Grant) => sealer.seal('grant', [grant.id], JSON.stringify(grant));
  const lifeOf = ({ until, expires }: Grant) => Math.max(1, (until ?? expires) - Date.now()) + KEEP_MS;

  async function find(id: string): Promise<HeldGrant | undefined> {
    if (!ID.test(id)) return undefined;
    const sealed = await store.get(keyOf(id));
    const text = sealed === undefined ? undefined : sealer.open('grant', [id], sealed);
    const grant = text === undefined ? undefined : readGrant(text);
    return sealed === undefined || grant?.id !== id ? undefined : { grant, sealed };
  }

  async function collect(prefix: string, most: number): Promise<readonly Grant[]> {
    const keys = await store.keys(prefix, most);
    const held = await Promise.all(keys.map((key) => find(key.slice(key.lastIndexOf(':') + 1))));
    return held.flatMap((entry) => (entry === undefined ? [] : [entry.grant]));
  }

  async function put(grant: Grant): Promise<void> {
    await store.put(keyOf(grant.id), seal(grant), lifeOf(grant));
    await store.put(indexOf(grant.party.id, grant.id), '1', lifeOf(grant));
  }

  async function change({ sealed }: HeldGrant, next: Grant): Promise<boolean> {
    const done = await store.compareAndSet(keyOf(next.id), sealed, seal(next), lifeOf(next));
    if (done) await store.put(indexOf(next.party.id, next.id), '1', lifeOf(next));
    return done;
  }

  return {
    find,
    put,
    list: () => collect('grant:', MOST),
    // INVARIANT: the index is a hint; the sealed grant says whose it is.
    of: async (partyId) =>
      (await collect(`grant-of:${partyId}:`, MOST_OWN)).filter(({ party }) => party.id === partyId),
    async request(draft) {
      const created = Date.now();
      const id = randomBytes(16).toString('base64url');
      const grant: Grant = { ...draft, id, state: 'pending', created, expires: created + WAIT_MS };
      await put(grant);
      return grant;
    },
    async decide(held, state, decided) {
      const { grant } = held;
      if (grant.state !== 'pending' || grant.expires <= Date.now()) return false;
      // INVARIANT: nobody approves what is for themselves, whatever the page was told.
      if (state === 'active' && decided.id === grant.party.id) return false;
      const until = state === 'active' ? { until: decided.at + grant.forMs } : {};
      return change(held, { ...grant, state, decided, ...until });
    },
    async revoke(id) {
      const held = await find(id);
      if (held === undefined || (held.grant.state !== 'pending' && held.grant.state !== 'active')) return undefined;
      return (await change(held, { ...held.grant, state: 'revoked' })) ? held.grant : undefined;
    },
  };
}

function readGrant(text: string): Grant | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isObject(value['party'])) return undefined;
  const { id, forMs, reason, ticket, requestedBy, created, expires, until } = value;
  const { id: partyId, issuer, subject, tenant } = value['party'];
  const state = STATES.find((known) => known === value['state']);
  const scopes = readTexts(value['scopes']);
  const decided = value['decided'] === undefined ? undefined : readDecided(value['decided']);
  if (typeof id !== 'string' || typeof forMs !== 'number' || typeof reason !== 'string') return undefined;
  if (typeof ticket !== 'string' || typeof requestedBy !== 'string') return undefined;
  if (typeof created !== 'number' || typeof expires !== 'number') return undefined;
  if (typeof partyId !== 'string' || typeof issuer !== 'string' || typeof subject !== 'string') return undefined;
  if (state === undefined || scopes === undefined) return undefined;
  return {
    id,
    state,
    party: { id: partyId, issuer, subject, ...(typeof tenant === 'string' ? { tenant } : {}) },
    scopes,
    forMs,
    reason,
    ticket,
    requestedBy,
    created,
    expires,
    ...(typeof until === 'number' ? { until } : {}),
    ...(decided === undefined ? {} : { decided }),
  };
}
