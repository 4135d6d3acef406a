import type { Catalog, Target } from '../pipeline/catalog.ts';
import { findDrift, heldBy, type Drift } from './drift.ts';
import type { Envelope } from './dsse.ts';
import { describeServer, keyOf, readManifest, type Described, type Manifest } from './manifest.ts';
import { findTrustProblems, type Trust } from './trust.ts';

/** The manifest that a deployment goes by. */
export interface ManifestOptions {
  readonly envelope: Envelope;
  readonly trust: Trust;
  /** Digests of the modules that were loaded, by path; not compared when absent. */
  readonly code?: Readonly<Record<string, string>>;
}

/** What a manifest came to. */
export interface Applied {
  /** Without what is held. */
  readonly catalog: Catalog;
  readonly drift: readonly Drift[];
  /** What keeps the server from starting: signatures, keys, changed code. */
  readonly problems: readonly string[];
}

/**
 * Takes out of a catalogue whatever is not as it was approved, and the instructions when they are not. Nothing is
 * accepted on first use, and nothing by itself.
 */
export function applyManifest(described: Described, options: ManifestOptions): Applied {
  const { envelope, trust, code = {} } = options;
  let approved: Manifest;
  try {
    approved = readManifest(envelope);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it cannot be read';
    return { catalog: described.catalog, drift: [], problems: [`manifest: ${message}`] };
  }
  const drift = findDrift(approved, describeServer({ ...described, code }));
  const changed = drift
    .filter((change) => change.class === 'code')
    .map(({ path }) => path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~'));
  const problems = [
    ...findTrustProblems(envelope, trust),
    ...(changed.length === 0
      ? []
      : [`manifest: the code is not what was signed (${changed.slice(0, 5).join(', ')}). Build and sign it anew.`]),
  ];
  return { catalog: withoutHeld(described.catalog, drift), drift, problems };
}

function withoutHeld(catalog: Catalog, drift: readonly Drift[]): Catalog {
  const held = heldBy(drift);
  const instructionsHeld = drift.some((change) => change.class === 'instructions');
  // A title stands where people decide on what they are asked.
  const titleHeld = drift.some(({ class: kind, path }) => kind === 'server' && path === '/title');
  if (held.size === 0 && !instructionsHeld && !titleHeld) return catalog;
  const { title: _title, ...untitled } = catalog.server;
  const keep = <T extends Target>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...entries].filter(([, entry]) => !held.has(keyOf(entry))));
  return Object.freeze({
    ...catalog,
    server: titleHeld ? Object.freeze(untitled) : catalog.server,
    instructions: instructionsHeld ? undefined : catalog.instructions,
    tools: keep(catalog.tools),
    prompts: keep(catalog.prompts),
    resources: keep(catalog.resources),
    templates: catalog.templates.filter((entry) => !held.has(keyOf(entry))),
    held: new Set([...catalog.tools.values()].filter((entry) => held.has(keyOf(entry))).map(({ name }) => name)),
  });
}
