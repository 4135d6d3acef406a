import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isEnvelope, type Envelope } from '../manifest/dsse.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { isVetting } from './admission.ts';
import { isConsent, type Consent } from './consent.ts';
import type { Era } from '../protocol/versions.ts';
import { ITEM_KINDS, ITEMS, type ItemKind } from './items.ts';
import type { Offer } from './session.ts';
import type { Vetting } from './vet.ts';
import { findHistoryProblem, isStep, type Actor, type Step } from './states.ts';

/** What is pinned of one tool, resource or prompt: every byte of it that a model reads. */
export interface PinnedItem {
  /** As the upstream sent it; what is served is made of this copy, and never of what it sends later. */
  readonly definition: JsonObject;
  /** SHA-256 (base64url) of its canonical form (RFC 8785). */
  readonly digest: string;
  /** What the scan found in it, one line each. */
  readonly findings: readonly string[];
  /** Who approved it, and when (ISO 8601); absent while it waits. */
  readonly approved?: { readonly by: string; readonly at: string };
  /** Each step of its way, and who took it. */
  readonly history?: readonly Step[];
}

/** What was approved last, where something else is pinned now: what a review compares with. */
export interface LastApproved {
  readonly source: string;
  readonly integrity: string;
  readonly era?: Era;
  readonly server: JsonObject;
  readonly instructions?: string;
  readonly capabilities?: readonly string[];
  readonly items: Partial<Readonly<Record<ItemKind, Readonly<Record<string, SeenItem>>>>>;
}

/** An item as it was seen once. */
export type SeenItem = Pick<PinnedItem, 'definition' | 'digest' | 'findings'>;

/** An item with its kind and the name by which its upstream knows it: a URI, for resources. */
export interface NamedItem<T = PinnedItem> {
  readonly kind: ItemKind;
  readonly name: string;
  readonly item: T;
}

/** The items of every kind, one after the other. */
export function itemsOf<T = PinnedItem>(
  lists: Partial<Readonly<Record<ItemKind, Readonly<Record<string, T>>>>>,
): readonly NamedItem<T>[] {
  return ITEM_KINDS.flatMap((kind) => Object.entries(lists[kind] ?? {}).map(([name, item]) => ({ kind, name, item })));
}

/** Items by kind and name, without the kinds of which there is none. */
export function listsOf<T>(
  items: readonly NamedItem<T>[],
): Partial<Readonly<Record<ItemKind, Readonly<Record<string, T>>>>> {
  const kinds = ITEM_KINDS.filter((kind) => items.some((each) => each.kind === kind));
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      Object.fromEntries(items.filter((each) => each.kind === kind).map(({ name, item }) => [name, item])),
    ]),
  );
}

/** What is pinned of one upstream. */
export interface PinnedUpstream {
  /** What is run: the package with the integrity of its archive, the program with the digest of its file, or the URL. */
  readonly source: string;
  readonly integrity: string;
  /** The era that it was found to be of; legacy when absent. */
  readonly era?: Era;
  /** Name, version and title, as it says itself. */
  readonly server: JsonObject;
  /** Its instructions for models, which are kept to be compared and never passed on. */
  readonly instructions: string | undefined;
  /** What it can do beside giving tools, as it declared: `completions`, `resources`. */
  readonly capabilities?: readonly string[];
  readonly tools: Readonly<Record<string, PinnedItem>>;
  /** By URI. */
  readonly resources?: Readonly<Record<string, PinnedItem>>;
  /** By URI template. */
  readonly resourceTemplates?: Readonly<Record<string, PinnedItem>>;
  readonly prompts?: Readonly<Record<string, PinnedItem>>;
  /** Version of the rules that it was scanned with. */
  readonly rules?: string;
  readonly last?: LastApproved;
  /** The approval of what it offers, signed. */
  readonly approval?: Envelope;
  /** Who took the upstream as a whole away, and why. */
  readonly revoked?: Actor;
}

/** `portcullis.lock`. */
export interface Lock {
  readonly format: 'portcullis-lock-1';
  readonly upstreams: Readonly<Record<string, PinnedUpstream>>;
  /** Who consented to the start of each upstream. */
  readonly consents?: Readonly<Record<string, Consent>>;
  /** The admission record of each package. */
  readonly vettings?: Readonly<Record<string, Vetting>>;
}

/** A lock that pins nothing. */
export const EMPTY_LOCK: Lock = Object.freeze({ format: 'portcullis-lock-1', upstreams: {} });

/** An item without what no model sees; an upstream's `_meta` is dropped. */
export function modelFacing(item: JsonObject, kind: ItemKind = 'tools'): JsonObject {
  return Object.fromEntries(Object.entries(item).filter(([key]) => ITEMS[kind].facing.includes(key)));
}

/** Digest of an item as an upstream sends it. */
export function digestItem(item: JsonObject, kind: ItemKind = 'tools'): string {
  return digestOf(modelFacing(item, kind));
}

/** Enough of an item's address to tell it from others of the same name. */
export function shortDigest({ definition }: PinnedItem): string {
  const { uri, uriTemplate } = definition;
  return createHash('sha256')
    .update(String(uri ?? uriTemplate))
    .digest('hex')
    .slice(0, 8);
}

/** SHA-256 (base64url) of the canonical form (RFC 8785) of a value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url');
}

/**
 * Reads a lock; an empty one where there is no file.
 * @throws TypeError when the file is no lock of this version, or a definition in it is not what its digest says.
 */
export async function readLock(path: string): Promise<Lock> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return EMPTY_LOCK;
    throw error;
  }
  const value = parsed(text);
  if (!isLock(value)) throw new TypeError(`${path} is no lock of this version. Make it again: portcullis gateway pin`);
  for (const [id, pinned] of Object.entries(value.upstreams)) {
    const altered = ITEM_KINDS.flatMap((kind) => Object.entries(pinned[kind] ?? {})).find(
      ([, item]) => digestOf(item.definition) !== item.digest,
    );
    if (altered !== undefined)
      throw new TypeError(
        `${path}: "${altered[0]}" of "${id}" is not what its digest says. Make it again: portcullis gateway pin ${id}`,
      );
    for (const { name, item } of itemsOf(pinned)) {
      const problem = findHistoryProblem(item);
      if (problem !== undefined)
        throw new TypeError(`${path}: "${name}" of "${id}": ${problem}. Make it again: portcullis gateway pin ${id}`);
    }
  }
  return value;
}

/**
 * Writes a lock as a whole or not at all.
 * @param before What it was made of. What somebody has written since, such as a revocation, is not undone.
 * @throws TypeError when the file is not that any more.
 */
export async function writeLock(path: string, lock: Lock, before?: Lock): Promise<void> {
  if (before !== undefined && canonicalJson(await readLock(path)) !== canonicalJson(before))
    throw new TypeError(`${path} was written by somebody else meanwhile, and is left as it is. Do it again.`);
  const beside = `${path}.${process.pid}.new`;
  await writeFile(beside, `${JSON.stringify(lock, undefined, 2)}\n`, { mode: 0o644, flush: true });
  await rename(beside, path);
}

/** Whether a server says of itself, and tells models, what it did when it was pinned. */
export function isSameServer(
  { server, instructions }: PinnedUpstream,
  offer: Pick<Offer, 'server' | 'instructions'>,
): boolean {
  return canonicalJson([server, instructions ?? null]) === canonicalJson([offer.server, offer.instructions ?? null]);
}

/** How a tool stands to its pin. */
export type Standing = 'approved' | 'waiting' | 'changed' | 'gone';

/** How the items of one kind that an upstream offers now stand to what is pinned of it. */
export function standingOf(
  pinned: PinnedUpstream,
  offer: Offer,
  kind: ItemKind = 'tools',
): ReadonlyMap<string, Standing> {
  const offered = new Map(offer[kind].map((item) => [String(item[ITEMS[kind].id]), digestItem(item, kind)]));
  const standing = new Map<string, Standing>();
  for (const [name, item] of Object.entries(pinned[kind] ?? {})) {
    const now = offered.get(name);
    if (now === undefined) standing.set(name, 'gone');
    else if (now !== item.digest) standing.set(name, 'changed');
    else standing.set(name, item.approved === undefined ? 'waiting' : 'approved');
  }
  for (const name of offered.keys()) if (!standing.has(name)) standing.set(name, 'waiting');
  return standing;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLock(value: unknown): value is Lock {
  return (
    isObject(value) &&
    value['format'] === 'portcullis-lock-1' &&
    isObject(value['upstreams']) &&
    Object.values(value['upstreams']).every(isPinned) &&
    (value['consents'] === undefined ||
      (isObject(value['consents']) && Object.values(value['consents']).every(isConsent))) &&
    (value['vettings'] === undefined ||
      (isObject(value['vettings']) && Object.values(value['vettings']).every(isVetting)))
  );
}

function isPinned(value: unknown): value is PinnedUpstream {
  if (!isObject(value)) return false;
  const { source, integrity, era, server, capabilities = [] } = value;
  return (
    typeof source === 'string' &&
    typeof integrity === 'string' &&
    (era === undefined || era === 'modern' || era === 'legacy') &&
    isObject(server) &&
    Array.isArray(capabilities) &&
    ITEM_KINDS.every((kind) => (kind === 'tools' ? isItems(value[kind]) : isItems(value[kind] ?? {}))) &&
    (value['approval'] === undefined || isEnvelope(value['approval'])) &&
    (value['revoked'] === undefined || isObject(value['revoked'])) &&
    (value['last'] === undefined || isLast(value['last']))
  );
}

function isItems(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(
      (item) =>
        isObject(item) &&
        isObject(item['definition']) &&
        typeof item['digest'] === 'string' &&
        Array.isArray(item['findings']) &&
        (item['approved'] === undefined || isObject(item['approved'])) &&
        (item['history'] === undefined || (Array.isArray(item['history']) && item['history'].every(isStep))),
    )
  );
}

function isLast(value: unknown): boolean {
  return (
    isObject(value) &&
    isObject(value['server']) &&
    isObject(value['items']) &&
    ITEM_KINDS.every((kind) => isItems(isObject(value['items']) ? (value['items'][kind] ?? {}) : {}))
  );
}
