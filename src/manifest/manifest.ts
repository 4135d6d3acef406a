import { createHash } from 'node:crypto';
import type { Capability } from '../capabilities/capability.ts';
import type { Catalog, Target } from '../pipeline/catalog.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { createEnvelope, parseEnvelope, type Envelope } from './dsse.ts';

/** The media type of a manifest's payload. */
const MANIFEST_TYPE = 'application/vnd.portcullis.manifest.v1+json';

/** One primitive: every byte of it that a model reads, and everything that it may do. */
export interface ManifestEntry {
  readonly kind: Target['kind'];
  readonly name: string;
  /** What `tools/list` and its like show. */
  readonly definition: JsonObject;
  /** Scopes, effect, needs, channels: what a model does not see. */
  readonly grants: JsonObject;
}

/** Everything that is signed of a server. */
export interface Manifest {
  readonly format: 'portcullis-manifest-1';
  /** Name, version, title and instructions. */
  readonly server: JsonObject;
  readonly entries: readonly ManifestEntry[];
  /** SHA-256 (base64url) of each module of the server, by its path from the entry module; empty when not known. */
  readonly code: Readonly<Record<string, string>>;
}

/** What a manifest is made of. */
export interface Described {
  readonly catalog: Catalog;
  readonly needs: ReadonlyMap<Target, Readonly<Record<string, Capability<unknown>>>>;
  readonly code?: Readonly<Record<string, string>>;
}

/** Describes a compiled server. Equal servers have equal manifests, whatever the order of their declarations. */
export function describeServer({ catalog, needs, code = {} }: Described): Manifest {
  const targets: readonly Target[] = [
    ...catalog.tools.values(),
    ...catalog.resources.values(),
    ...catalog.templates,
    ...catalog.prompts.values(),
  ];
  const entries = targets
    .map(
      (target): ManifestEntry => ({
        kind: target.kind,
        name: target.name,
        definition: target.definition,
        grants: grantsOf(target, needs.get(target) ?? {}),
      }),
    )
    .toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const { instructions } = catalog;
  return {
    format: 'portcullis-manifest-1',
    server: { ...catalog.server, ...(instructions === undefined ? {} : { instructions }) },
    entries,
    code,
  };
}

/** Identifies an entry: its kind and name. */
export function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} "${name}"`;
}

/** Digest of an entry over its canonical form (RFC 8785): SHA-256, base64url. */
export function digestEntry(entry: ManifestEntry): string {
  return createHash('sha256').update(canonicalJson(entry)).digest('base64url');
}

function grantsOf(target: Target, needs: Readonly<Record<string, Capability<unknown>>>): JsonObject {
  const shared = {
    scopes: target.scopes.toSorted(),
    asks: [...target.asks].toSorted(),
    hasAuthorize: target.authorize !== undefined,
    perMinute: target.perMinute ?? null,
    burst: target.burst ?? null,
    gives: [...target.flow.gives].toSorted(),
    sends: [...target.flow.sends].toSorted(),
    needs: Object.fromEntries(
      Object.entries(needs).map(([name, { kind, isolation = 'none', declares }]) => [
        name,
        { kind, isolation, declares: plain(declares) },
      ]),
    ),
  };
  if (target.kind === 'resource') return { ...shared, shared: target.shared };
  if (target.kind === 'prompt') return shared;
  const { effect, sandbox, record } = target;
  return {
    ...shared,
    effect,
    sandbox,
    record: Object.fromEntries([...record].toSorted(([a], [b]) => compare(a, b))),
  };
}

/** What a capability declares is JSON; anything else in it is named by its type, so that it cannot change unseen. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  return typeof value;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An unsigned envelope around a manifest, in its canonical form (RFC 8785). */
export function sealManifest(manifest: Manifest): Envelope {
  return createEnvelope(MANIFEST_TYPE, canonicalJson(manifest));
}

/**
 * Reads a manifest out of an envelope. Says nothing of its signatures.
 * @throws TypeError that says what is wrong.
 */
export function readManifest(envelope: Envelope): Manifest {
  if (envelope.payloadType !== MANIFEST_TYPE)
    throw new TypeError(`the manifest has the type ${JSON.stringify(envelope.payloadType)}, not ${MANIFEST_TYPE}`);
  const text = Buffer.from(envelope.payload, 'base64').toString('utf8');
  const value: unknown = JSON.parse(text);
  // What is not in canonical form could be read in two ways.
  if (!isManifest(value) || canonicalJson(value) !== text)
    throw new TypeError('the manifest is not one of this version: make it with `portcullis manifest build`');
  const seen = new Set<string>();
  for (const entry of value.entries) {
    // INVARIANT: what is approved under a name is one thing.
    if (seen.has(keyOf(entry))) throw new TypeError(`the manifest holds "${entry.name}" twice`);
    seen.add(keyOf(entry));
  }
  return value;
}

/** Reads a manifest from the text of its file, with the envelope that it came in. */
export function openManifest(text: string): { readonly envelope: Envelope; readonly manifest: Manifest } {
  const envelope = parseEnvelope(text);
  return { envelope, manifest: readManifest(envelope) };
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || value['format'] !== 'portcullis-manifest-1') return false;
  const { server, entries, code } = value;
  return (
    isObject(server) &&
    isObject(code) &&
    Object.values(code).every((digest) => typeof digest === 'string') &&
    Array.isArray(entries) &&
    entries.every(isEntry)
  );
}

function isEntry(value: unknown): value is ManifestEntry {
  if (!isObject(value)) return false;
  const { kind, name, definition, grants } = value;
  return (
    (kind === 'tool' || kind === 'resource' || kind === 'prompt') &&
    typeof name === 'string' &&
    isObject(definition) &&
    isObject(grants)
  );
}
