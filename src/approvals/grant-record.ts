import { randomBytes } from 'node:crypto';
import { isObject } from '../protocol/json.ts';
import type { Decision } from '../pipeline/decision.ts';
import type { Sealer } from '../pipeline/seal.ts';
import type { AuditEvent, Recorder } from '../record/event.ts';
import type { Store } from '../stores/store.ts';
import type { Grant } from './grants.ts';
import { append } from './record.ts';

/** What becomes of a grant. */
export type GrantEvent = 'requested' | 'approved' | 'denied' | 'revoked' | 'used';

/** The event that tells of a grant. */
export function grantEvent(grant: Grant, after: GrantEvent, detail: string, time: number = Date.now()): AuditEvent {
  const { id, state, party, scopes } = grant;
  return {
    time,
    kind: 'grant',
    request: id,
    host: 'server',
    principal: party.id,
    ...(party.tenant === undefined ? {} : { tenant: party.tenant }),
    scopes,
    before: state,
    after,
    detail,
  };
}

/** Records what became of a grant: durable, or a denial. */
export function recordGrant(recorder: Recorder, grant: Grant, after: GrantEvent, detail: string): Promise<Decision> {
  return append(recorder, grantEvent(grant, after, detail));
}

const KEEP_MS = 30 * 86_400_000;
const AT_ONCE = 16;

/**
 * Leaves an event for whoever holds the audit log: the command line cannot write it while a server does. It is sealed, so
 * that nothing else can make one.
 */
export async function leaveNote(store: Store, sealer: Sealer, event: AuditEvent): Promise<void> {
  const id = randomBytes(16).toString('base64url');
  await store.put(`grant-note:${id}`, sealer.seal('grant-note', [id], JSON.stringify(event)), KEEP_MS);
}

/** Writes what was left. Each note is written by one instance, the one that takes it. */
export async function takeNotes(store: Store, sealer: Sealer, recorder: Recorder): Promise<void> {
  for (const key of await store.keys('grant-note:', AT_ONCE)) {
    const sealed = await store.get(key);
    if (sealed === undefined || !(await store.delete(key))) continue;
    const text = sealer.open('grant-note', [key.slice('grant-note:'.length)], sealed);
    const event: unknown = text === undefined ? undefined : JSON.parse(text);
    if (!isEvent(event)) continue;
    const written = await append(recorder, event);
    if (!written.pass) await store.put(key, sealed, KEEP_MS);
  }
}

/** What the seal held was made by `grantEvent`; the log allows its fields one by one in any case. */
function isEvent(value: unknown): value is AuditEvent {
  return isObject(value) && value['kind'] === 'grant' && typeof value['request'] === 'string';
}
