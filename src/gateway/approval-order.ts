import { createHash } from 'node:crypto';
import type { Sealer } from '../pipeline/seal.ts';
import { isObject } from '../protocol/json.ts';
import type { Store } from '../stores/store.ts';
import { readApproval } from './approval.ts';
import { ITEMS } from './items.ts';
import { itemsOf, type Lock, type PinnedUpstream } from './lock.ts';
import { stateOf, type ToolState } from './states.ts';

const KEY = 'gateway-approvals';
const YEARS_MS = 10 * 365 * 86_400_000;
const ATTEMPTS = 20;

/** The newest approval of an upstream that was served: its sequence, the digest of its payload, and what was revoked since. */
interface Served {
  readonly sequence: number;
  readonly digest: string;
  /** Keys of items; see `keysOf`. */
  readonly revoked: readonly string[];
}

/**
 * Keeps the newest approval of each upstream in the store, sealed with the root key, and tells of those in the lock that are
 * older: a lock that somebody put back would bring back what was taken away since. What was revoked is kept beside it, because the
 * approval that it was under stays good for the rest.
 * @param lock Its signatures have been looked at, as far as anything in it is approved.
 * @throws Error when what the store holds was not made with this root key.
 */
export async function findReplayed(lock: Lock, store: Store, sealer: Sealer): Promise<readonly string[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = await store.get(KEY);
    const known = text === undefined ? new Map<string, Served>() : open(sealer, text);
    const problems: string[] = [];
    const next = new Map(known);
    for (const [id, pinned] of Object.entries(lock.upstreams)) {
      const approval = pinned.approval === undefined ? undefined : readApproval(pinned.approval);
      if (pinned.approval === undefined || approval === undefined) continue;
      const { sequence, at } = approval;
      const digest = createHash('sha256').update(pinned.approval.payload).digest('base64url');
      const before = known.get(id);
      const isSame = before?.sequence === sequence && before.digest === digest;
      const revoked = [...(isSame ? before.revoked : []), ...keysOf(pinned, 'revoked')];
      const approved = keysOf(pinned, 'approved');
      // INVARIANT: an approval under which nothing is served was not looked at, and counts for nothing.
      if (approved.length === 0 && !isSame) continue;
      const back = isSame ? approved.find((key) => before.revoked.includes(key)) : undefined;
      if (before !== undefined && !isSame && sequence <= before.sequence)
        problems.push(
          `upstream "${id}": its approval of ${at} is older than one that was served before. Approve it anew: portcullis gateway approve ${id} --by <name> --key <file>`,
        );
      else if (back !== undefined)
        problems.push(
          `upstream "${id}": the ${back} was revoked after its approval of ${at}. Submit it anew: portcullis gateway pin ${id} --again`,
        );
      else next.set(id, { sequence, digest, revoked: [...new Set(revoked)] });
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

/** `resource "x://notes/1"`, of each item in a state. */
function keysOf(pinned: PinnedUpstream, state: ToolState): readonly string[] {
  return itemsOf(pinned).flatMap(({ kind, name, item }) =>
    stateOf(item) === state ? [`${ITEMS[kind].one} ${JSON.stringify(name)}`] : [],
  );
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
    const { sequence, digest, revoked = [] } = isObject(each) ? each : {};
    const keys = Array.isArray(revoked) ? revoked.map(String) : [];
    return [id, { sequence: Number(sequence), digest: String(digest), revoked: keys }];
  });
  return new Map(entries);
}
