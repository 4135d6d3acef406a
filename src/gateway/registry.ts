import { canonicalJson } from '../protocol/canonical.ts';
import { RULES_VERSION } from '../scan/structure.ts';
import type { ItemKind } from './items.ts';
import {
  isSameServer,
  itemsOf,
  listsOf,
  type LastApproved,
  type Lock,
  type NamedItem,
  type PinnedItem,
  type PinnedUpstream,
  type SeenItem,
} from './lock.ts';
import { moved, stateOf, submitted, type Actor, type ToolState } from './states.ts';

/** Whether an item is meant. */
export type Selects = (kind: ItemKind, name: string) => boolean;

/**
 * Writes into what was pinned how it came there: what is new, has changed or comes of another server is submitted by whoever pins
 * it, and scanned; the rest keeps its state. What was approved before is kept beside it, so that a review has what to compare
 * with.
 * @param again Whether what was revoked is submitted anew though it is what it was.
 */
export function recordPin(
  pinned: PinnedUpstream,
  before: PinnedUpstream | undefined,
  actor: Actor,
  again = false,
): PinnedUpstream {
  const isSameCode =
    before?.integrity === pinned.integrity && before.source === pinned.source && isSameServer(before, pinned);
  const next = {
    ...mapItems(pinned, ({ kind, name, item }) => {
      const old = before === undefined ? undefined : ownItem(before, kind, name);
      return tracked(item, old, isSameCode, actor, again);
    }),
    rules: RULES_VERSION,
  };
  const last = before === undefined ? undefined : lastOf(before);
  const { revoked, approval } = before ?? {};
  return {
    ...next,
    ...listsOf([...itemsOf(next), ...takenAway(before, next)]),
    ...(last !== undefined && differs(last, next) ? { last } : {}),
    ...(approval === undefined ? {} : { approval }),
    ...(revoked === undefined || again ? {} : { revoked }),
  };
}

/** INVARIANT: what was revoked stays in the lock when it is not offered any more, or it would come back as something new. */
function takenAway(before: PinnedUpstream | undefined, next: PinnedUpstream): readonly NamedItem[] {
  return itemsOf(before ?? {}).filter(
    ({ kind, name, item }) => stateOf(item) === 'revoked' && ownItem(next, kind, name) === undefined,
  );
}

function tracked(
  item: PinnedItem,
  old: PinnedItem | undefined,
  isSameCode: boolean,
  actor: Actor,
  again: boolean,
): PinnedItem {
  if (old === undefined) return submitted(item, old, actor);
  const isSame = isSameCode && old.digest === item.digest && !hasNewFinding(old, item);
  const isRevoked = stateOf(old) === 'revoked';
  if (isSame && !(isRevoked && again)) return old.history === undefined ? item : { ...item, history: old.history };
  const next = submitted(item, old, actor);
  if (!isRevoked || again) return next;
  // A change does not bring back what was taken away.
  const reason = old.history?.at(-1)?.reason;
  return moved(next, 'revoked', { ...actor, ...(reason === undefined ? {} : { reason }) });
}

/** A rule that came since, or a tool of another upstream, can find what nobody has seen at the approval. */
function hasNewFinding(old: PinnedItem, item: PinnedItem): boolean {
  return item.findings.some((finding) => !old.findings.includes(finding));
}

function ownItem<T>(
  lists: Partial<Readonly<Record<ItemKind, Readonly<Record<string, T>>>>>,
  kind: ItemKind,
  name: string,
): T | undefined {
  const list = lists[kind] ?? {};
  return Object.hasOwn(list, name) ? list[name] : undefined;
}

function mapItems(pinned: PinnedUpstream, one: (named: NamedItem) => PinnedItem): PinnedUpstream {
  const items = itemsOf(pinned).map((named) => ({ ...named, item: one(named) }));
  return { ...pinned, ...listsOf(items) };
}

/** What was approved of an upstream last. */
export function lastOf(pinned: PinnedUpstream): LastApproved | undefined {
  const approved = itemsOf(pinned).flatMap(({ kind, name, item }): readonly NamedItem<SeenItem>[] => {
    const { definition, digest, findings } = item;
    return item.approved === undefined ? [] : [{ kind, name, item: { definition, digest, findings } }];
  });
  const { source, integrity, era, server, instructions, capabilities, last } = pinned;
  if (approved.length === 0) return last;
  const own = {
    source,
    integrity,
    ...(era === undefined ? {} : { era }),
    server,
    ...(instructions === undefined ? {} : { instructions }),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
  return { ...(last ?? own), items: listsOf([...itemsOf<SeenItem>(last?.items ?? {}), ...approved]) };
}

function differs(last: LastApproved, now: PinnedUpstream): boolean {
  const self = ({
    source,
    integrity,
    era,
    server,
    instructions,
    capabilities,
  }: LastApproved | PinnedUpstream): string =>
    canonicalJson({ source, integrity, era, server, instructions, capabilities });
  return (
    self(last) !== self(now) ||
    itemsOf<SeenItem>(last.items).some(({ kind, name }) => ownItem(now, kind, name)?.approved === undefined)
  );
}

/** What came of a change to several items. */
export interface Registered {
  readonly pinned: PinnedUpstream;
  readonly changed: readonly NamedItem[];
  /** One line for each item that stays as it is, with why. */
  readonly left: readonly string[];
}

/**
 * Approves items as they are pinned: reviews them where nobody has, and then approves them. INVARIANT: nothing is approved in
 * which something grave was found, nor what was revoked.
 */
export function approveItems(pinned: PinnedUpstream, selects: Selects, actor: Actor): Registered {
  const done = change(pinned, selects, (item) => {
    const state = stateOf(item);
    if (state === 'approved') return undefined;
    const bad = item.findings.find((finding) => finding.startsWith('high '));
    if (bad !== undefined) return `not approved: ${bad}`;
    if (state === 'revoked') return 'it was revoked. Submit it anew: portcullis gateway pin --again';
    return moved(state === 'scanned' ? moved(item, 'reviewed', actor) : item, 'approved', actor);
  });
  return { ...done, pinned: withoutLast(done.pinned) };
}

/** Takes what was approved now out of what was approved last; all of it when nothing waits any more. */
function withoutLast({ last, ...pinned }: PinnedUpstream): PinnedUpstream {
  if (last === undefined) return pinned;
  const waits = itemsOf<SeenItem>(last.items).filter(({ kind, name }) => {
    const now = ownItem(pinned, kind, name);
    return now !== undefined && stateOf(now) !== 'approved';
  });
  return waits.length === 0 ? pinned : { ...pinned, last: { ...last, items: listsOf(waits) } };
}

/** Takes items to a state, each by legal steps; those that cannot go there stay. */
export function moveItems(
  pinned: PinnedUpstream,
  selects: Selects,
  to: Exclude<ToolState, 'approved' | 'submitted'>,
  actor: Actor,
): Registered {
  return change(pinned, selects, (item) => {
    const state = stateOf(item);
    if (state === to) return undefined;
    try {
      return moved(to === 'staged' && state === 'scanned' ? moved(item, 'reviewed', actor) : item, to, actor);
    } catch (error) {
      return error instanceof Error ? error.message : 'it cannot';
    }
  });
}

/** Revokes what has a name, or the upstream with all that it will ever offer. */
export function revoke(pinned: PinnedUpstream, name: string | undefined, actor: Actor): Registered {
  const done = moveItems(pinned, (_kind, each) => name === undefined || each === name, 'revoked', actor);
  return name === undefined ? { ...done, pinned: { ...done.pinned, revoked: actor } } : done;
}

function change(
  pinned: PinnedUpstream,
  selects: Selects,
  one: (item: PinnedItem) => PinnedItem | string | undefined,
): Registered {
  const changed: NamedItem[] = [];
  const left: string[] = [];
  const next = mapItems(pinned, ({ kind, name, item }) => {
    const made = selects(kind, name) ? one(item) : undefined;
    if (typeof made === 'string') left.push(`${name}: ${made}`);
    if (made === undefined || typeof made === 'string') return item;
    changed.push({ kind, name, item: made });
    return made;
  });
  return { pinned: next, changed, left };
}

/** A lock in which what is staged counts as approved: for the dev profile alone. */
export function withStaged(lock: Lock): Lock {
  const upstreams = Object.entries(lock.upstreams).map(([id, pinned]) => [
    id,
    mapItems(pinned, ({ item }) => {
      const { history, ...rest } = item;
      const step = stateOf(item) === 'staged' ? history?.at(-1) : undefined;
      // Its way ends before an approval, and was followed when the lock was read.
      return step === undefined ? item : { ...rest, approved: { by: step.by, at: step.at } };
    }),
  ]);
  return { ...lock, upstreams: Object.fromEntries(upstreams) };
}
