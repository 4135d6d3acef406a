import { createHash } from 'node:crypto';
import type { Sealer } from '../pipeline/seal.ts';
import { isObject } from '../protocol/json.ts';
import type { Store } from '../stores/store.ts';
import { readApproval } from './approval.ts';
import type { Lock } from './lock.ts';

const KEY = 'gateway-approvals';
const YEARS_MS = 10 * 365 * 86_400_000;
const ATTEMPTS = 20;

/** The newest approval of an upstream that was served: its sequence and the digest of its payload. */
interface Served {
  readonly sequence: number;
  readonly digest: string;
}

/**
 * Keeps the newest approval of each upstream in the store, sealed with the root key, and tells of those in the lock that are
 * older: a lock that somebody put back would bring back what was taken away since.
 * @throws Error when what the store holds was not made with this root key.
 */
export async function findReplayed(lock: Lock, store: Store, sealer: Sealer): Promise<readonly string[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = await store.get(KEY);
    const known = text === undefined ? new Map<string, Served>() : open(sealer, text);
    const problems: string[] = [];
    const next = new Map(known);
    for (const [id, { approval: envelope }] of Object.entries(lock.upstreams)) {
      const approval = envelope === undefined ? undefined : readApproval(envelope);
      if (envelope === undefined || approval === undefined) continue;
      const digest = createHash('sha256').update(envelope.payload).digest('base64url');
      const before = known.get(id);
      if (before !== undefined && isReplayed(before, approval.sequence, digest))
        problems.push(
          `upstream "${id}": its approval of ${approval.at} is older than one that was served before. Approve it anew: portcullis gateway approve ${id} --by <name> --key <file>`,
        );
      else next.set(id, { sequence: approval.sequence, digest });
    }
    if (problems.length > 0) return problems;
    const sealed = sealer.seal(KEY, [KEY], JSON.stringify(Object.fromEntries(next)));
    const isKept =
      text === undefined
        ? await store.add(KEY, sealed, YEARS_MS)
        : await store.compareAndSet(KEY, text, sealed, YEARS_MS);
    if (isKept) return [];
  }
  throw new Error('The order of approvals in the store is being changed by too many at once. Start it again.');
}

function isReplayed(before: Served, sequence: number, digest: string): boolean {
  return sequence < before.sequence || (sequence === before.sequence && digest !== before.digest);
}

function open(sealer: Sealer, text: string): Map<string, Served> {
  const opened = sealer.open(KEY, [KEY], text);
  const value: unknown = opened === undefined ? undefined : JSON.parse(opened);
  if (!isObject(value))
    throw new Error(
      'The order of approvals in the store was not made with this root key. Find out who wrote it; then delete the entry ' +
        `"${KEY}" from the store.`,
    );
  const entries = Object.entries(value).map(([id, each]): [string, Served] => {
    const { sequence, digest } = isObject(each) ? each : {};
    return [id, { sequence: Number(sequence), digest: String(digest) }];
  });
  return new Map(entries);
}
