import type { Effect } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { scanDefinition } from '../scan/scan.ts';
import { confineSchema } from './confine-schema.ts';
import { digestTool, modelFacing, type PinnedTool, type PinnedUpstream } from './lock.ts';
import type { Installed } from './install.ts';
import type { Offer } from './session.ts';

/** A tool as it was seen, beside what was pinned of it. */
export interface Sighting {
  readonly name: string;
  readonly standing: 'new' | 'same' | 'changed' | 'gone';
  readonly effect: Effect;
  readonly findings: readonly string[];
  readonly approved: boolean;
}

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
  installed: Installed,
  offer: Offer,
  before: PinnedUpstream | undefined,
  others: ReadonlySet<string>,
): Pinning {
  const tools = new Map<string, PinnedTool>();
  const knownTools = new Map(Object.entries(before?.tools ?? {}));
  const seen: Sighting[] = [];
  const isSameCode = before?.integrity === installed.integrity;
  for (const tool of offer.tools) {
    const name = String(tool['name']);
    const known = knownTools.get(name);
    const digest = digestTool(tool);
    const findings = findingsOf(tool, others);
    const standing = known === undefined ? 'new' : known.digest === digest ? 'same' : 'changed';
    // INVARIANT: an approval is for these bytes, made by this code.
    const approved = standing === 'same' && isSameCode ? known?.approved : undefined;
    tools.set(name, {
      definition: modelFacing(tool),
      digest,
      findings,
      ...(approved === undefined ? {} : { approved }),
    });
    seen.push({ name, standing, effect: proposeEffect(tool), findings, approved: approved !== undefined });
  }
  for (const name of knownTools.keys()) {
    if (!tools.has(name)) seen.push({ name, standing: 'gone', effect: 'read', findings: [], approved: false });
  }
  const { source, integrity } = installed;
  const { server, instructions } = offer;
  return { pinned: { source, integrity, server, instructions, tools: Object.fromEntries(tools) }, seen };
}

function findingsOf(tool: JsonObject, others: ReadonlySet<string>): readonly string[] {
  const found = scanDefinition(modelFacing(tool), { tools: others }).map(
    ({ severity, rule, path, excerpt }) => `${severity} ${rule} at ${path}: ${excerpt}`,
  );
  const input = confineSchema(tool['inputSchema']);
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
