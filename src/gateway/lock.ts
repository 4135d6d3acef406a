import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Offer } from './session.ts';

/** What is pinned of one tool: every byte of it that a model reads. */
export interface PinnedTool {
  /** As the upstream sent it; what is served is made of this copy, and never of what it sends later. */
  readonly definition: JsonObject;
  /** SHA-256 (base64url) of its canonical form (RFC 8785). */
  readonly digest: string;
  /** What the scan found in it, one line each. */
  readonly findings: readonly string[];
  /** Who approved it, and when (ISO 8601); absent while it waits. */
  readonly approved?: { readonly by: string; readonly at: string };
}

/** What is pinned of one upstream. */
export interface PinnedUpstream {
  /** What is run: the package with the integrity of its archive, or the program with the digest of its file. */
  readonly source: string;
  readonly integrity: string;
  /** Name, version and title, as it says itself. */
  readonly server: JsonObject;
  /** Its instructions for models, which are kept to be compared and never passed on. */
  readonly instructions: string | undefined;
  readonly tools: Readonly<Record<string, PinnedTool>>;
}

/** `portcullis.lock`. */
export interface Lock {
  readonly format: 'portcullis-lock-1';
  readonly upstreams: Readonly<Record<string, PinnedUpstream>>;
}

/** A lock that pins nothing. */
export const EMPTY_LOCK: Lock = Object.freeze({ format: 'portcullis-lock-1', upstreams: {} });

/** The fields of a tool that a model can come to see; an upstream's `_meta` is dropped. */
const MODEL_FACING = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations', 'icons'];

/** A tool without what no model sees. */
export function modelFacing(tool: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tool).filter(([key]) => MODEL_FACING.includes(key)));
}

/** Digest of a tool as an upstream sends it. */
export function digestTool(tool: JsonObject): string {
  return digestOf(modelFacing(tool));
}

function digestOf(value: unknown): string {
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
  for (const [id, { tools }] of Object.entries(value.upstreams)) {
    const altered = Object.entries(tools).find(([, tool]) => digestOf(tool.definition) !== tool.digest);
    if (altered !== undefined)
      throw new TypeError(
        `${path}: "${altered[0]}" of "${id}" is not what its digest says. Make it again: portcullis gateway pin ${id}`,
      );
  }
  return value;
}

/** Writes a lock as a whole or not at all. */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  const beside = `${path}.${process.pid}.new`;
  await writeFile(beside, `${JSON.stringify(lock, undefined, 2)}\n`, { mode: 0o644, flush: true });
  await rename(beside, path);
}

/** How a tool stands to its pin. */
export type Standing = 'approved' | 'waiting' | 'changed' | 'gone';

/** How the tools that an upstream offers now stand to what is pinned of it. */
export function standingOf(pinned: PinnedUpstream, offer: Offer): ReadonlyMap<string, Standing> {
  const offered = new Map(offer.tools.map((tool) => [String(tool['name']), digestTool(tool)]));
  const standing = new Map<string, Standing>();
  for (const [name, tool] of Object.entries(pinned.tools)) {
    const now = offered.get(name);
    if (now === undefined) standing.set(name, 'gone');
    else if (now !== tool.digest) standing.set(name, 'changed');
    else standing.set(name, tool.approved === undefined ? 'waiting' : 'approved');
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
    Object.values(value['upstreams']).every(isPinned)
  );
}

function isPinned(value: unknown): value is PinnedUpstream {
  if (!isObject(value)) return false;
  const { source, integrity, server, tools } = value;
  return (
    typeof source === 'string' &&
    typeof integrity === 'string' &&
    isObject(server) &&
    isObject(tools) &&
    Object.values(tools).every(
      (tool) =>
        isObject(tool) &&
        isObject(tool['definition']) &&
        typeof tool['digest'] === 'string' &&
        Array.isArray(tool['findings']) &&
        (tool['approved'] === undefined || isObject(tool['approved'])),
    )
  );
}
