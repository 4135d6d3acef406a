import type { Capability } from '../capabilities/capability.ts';
import { ITEM_KINDS, ITEMS, type ItemKind } from './items.ts';
import { itemsOf, type Lock } from './lock.ts';
import { stateOf } from './states.ts';

/** One item of an upstream. */
export interface UpstreamItem {
  /** The upstream. */
  readonly id: string;
  readonly kind: ItemKind;
  /** What the upstream calls it. */
  readonly own: string;
}

/** Tells items apart, as a text. */
export function keyOfItem({ id, kind, own }: UpstreamItem): string {
  return `${id} ${kind} ${own}`;
}

/** The item of an upstream that something which is served calls; nothing where it calls none. */
export function itemOfNeeds(needs: Readonly<Record<string, Capability<unknown>>>): UpstreamItem | undefined {
  const { upstream: id, ...declares } = needs['upstream']?.declares ?? {};
  const kind = ITEM_KINDS.find((each) => typeof declares[ITEMS[each].one] === 'string');
  return typeof id !== 'string' || kind === undefined
    ? undefined
    : { id, kind, own: String(declares[ITEMS[kind].one]) };
}

/** Everything that a lock says is revoked, by key: the items of an upstream that was revoked as a whole are among it. */
export function revokedIn({ upstreams }: Lock): ReadonlyMap<string, UpstreamItem> {
  const revoked = Object.entries(upstreams).flatMap(([id, pinned]) =>
    itemsOf(pinned)
      .filter(({ item }) => pinned.revoked !== undefined || stateOf(item) === 'revoked')
      .map(({ kind, name }): UpstreamItem => ({ id, kind, own: name })),
  );
  return new Map(revoked.map((item) => [keyOfItem(item), item]));
}
