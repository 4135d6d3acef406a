import type { Effect } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { scanDefinition } from '../scan/scan.ts';
import { confineSchema } from './confine-schema.ts';
import { ITEM_KINDS, ITEMS, type ItemKind } from './items.ts';
import { digestItem, isSameServer, modelFacing, type PinnedItem, type PinnedUpstream } from './lock.ts';
import type { Offer } from './session.ts';

/** An item as it was seen, beside what was pinned of it. */
export interface Sighting {
  readonly kind: ItemKind;
  readonly name: string;
  readonly standing: 'new' | 'same' | 'changed' | 'gone';
  /** What a call does, to begin with; `read` for what is no tool. */
  readonly effect: Effect;
  readonly findings: readonly string[];
  readonly approved: boolean;
}

/** Where an offer comes from. */
export type Origin = Pick<PinnedUpstream, 'source' | 'integrity' | 'era'>;

/** What is pinned of an upstream after another look at it, and what was seen. */
export interface Pinning {
  readonly pinned: PinnedUpstream;
  readonly seen: readonly Sighting[];
}

/**
 * Pins what an upstream offers now. What is as it was approved stays approved; what is new or has changed waits for
 * someone to approve it.
 * @param others Names of tools of other upstreams: a text that gives orders about one of them is a finding.
 */
export function pinOffer(
  installed: Origin,
  offer: Offer,
  before: PinnedUpstream | undefined,
  others: ReadonlySet<string>,
): Pinning {
  const seen: Sighting[] = [];
  const pinned: Partial<Record<ItemKind, Readonly<Record<string, PinnedItem>>>> = {};
  for (const kind of ITEM_KINDS) {
    // Of a URL there is no integrity: it is the place itself that was approved. And what a server says of itself and tells
    // models is part of what was approved of it.
    const isSameCode = before?.integrity === installed.integrity && before.source === installed.source;
    const isSame = isSameCode && isSameServer(before, offer);
    const items = pinItems(kind, offer[kind], isSame ? before : undefined, before, others, seen);
    if (kind === 'tools' || Object.keys(items).length > 0) pinned[kind] = items;
  }
  const { source, integrity, era = 'legacy' } = installed;
  const { server, instructions, capabilities } = offer;
  return { pinned: { source, integrity, era, server, instructions, capabilities, tools: {}, ...pinned }, seen };
}

/** @param sameCode What was pinned when the same server ran; absent when another did. */
function pinItems(
  kind: ItemKind,
  offered: readonly JsonObject[],
  sameCode: PinnedUpstream | undefined,
  before: PinnedUpstream | undefined,
  others: ReadonlySet<string>,
  seen: Sighting[],
): Readonly<Record<string, PinnedItem>> {
  const items = new Map<string, PinnedItem>();
  const knownItems = new Map(Object.entries(before?.[kind] ?? {}));
  for (const item of offered) {
    const name = String(item[ITEMS[kind].id]);
    const known = knownItems.get(name);
    const digest = digestItem(item, kind);
    const findings = findingsOf(item, kind, others);
    const standing = known === undefined ? 'new' : known.digest === digest ? 'same' : 'changed';
    // INVARIANT: an approval is for these bytes, made by this code.
    const approved = standing === 'same' && sameCode !== undefined ? known?.approved : undefined;
    const definition = modelFacing(item, kind);
    items.set(name, { definition, digest, findings, ...(approved === undefined ? {} : { approved }) });
    const effect = kind === 'tools' ? proposeEffect(item) : 'read';
    seen.push({ kind, name, standing, effect, findings, approved: approved !== undefined });
  }
  for (const name of knownItems.keys()) {
    if (!items.has(name)) seen.push({ kind, name, standing: 'gone', effect: 'read', findings: [], approved: false });
  }
  return Object.fromEntries(items);
}

function findingsOf(item: JsonObject, kind: ItemKind, others: ReadonlySet<string>): readonly string[] {
  const found = scanDefinition(modelFacing(item, kind), { tools: others }).map(
    ({ severity, rule, path, excerpt }) => `${severity} ${rule} at ${path}: ${excerpt}`,
  );
  if (kind !== 'tools') return found;
  const input = confineSchema(item['inputSchema']);
  return 'problem' in input ? [...found, `high open-schema at /inputSchema: ${input.problem}`] : found;
}

const READS = new Set(
  'get list read search find show describe query fetch view count check status browse look whoami echo retrieve'.split(
    ' ',
  ),
);
const DESTROYS = new Set(
  'delete remove drop destroy purge wipe reset revoke cancel kill move overwrite force truncate'.split(' '),
);

/**
 * What effect to begin with, for a person to look at. What a server says of itself can make it stricter and never milder:
 * it reads only when its name begins so, a prefix aside, and nothing contradicts it.
 */
export function proposeEffect(tool: JsonObject): Effect {
  const words = String(tool['name'])
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  const hints = isObject(tool['annotations']) ? tool['annotations'] : {};
  const reads = words.slice(0, 2).some((word) => READS.has(word));
  if (words.some((word) => DESTROYS.has(word)) || (hints['destructiveHint'] === true && !reads)) return 'destructive';
  return reads && hints['readOnlyHint'] !== false ? 'read' : 'write';
}
