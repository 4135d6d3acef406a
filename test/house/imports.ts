import { posix } from 'node:path';
import { blankComments } from './code.ts';
import { read } from './repository.ts';

/** One import of a file by another of the repository; `typeOnly` ones vanish when types are stripped. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const STATEMENT = /^\s*(import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

/** Reads the imports of one file by regular expression; those of packages are left out. */
export function importsOf(file: string, text: string = read(file)): readonly Import[] {
  const code = blankComments(text);
  const found: Import[] = [];
  const add = (target: string | undefined, typeOnly: boolean): void => {
    if (target?.startsWith('.')) found.push({ from: file, to: posix.join(posix.dirname(file), target), typeOnly });
  };
  for (const [, , type, clause, target] of code.matchAll(STATEMENT)) {
    add(target, type !== undefined || (clause !== undefined && onlyTypes(clause)));
  }
  for (const [, target] of code.matchAll(DYNAMIC)) add(target, false);
  return found;
}

/** Whether every name of a braced clause is marked `type`, so that nothing is left to import. */
function onlyTypes(clause: string): boolean {
  const braced = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  if (braced === undefined) return false;
  return braced
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));
}

/** The layers of `src`, lowest first: a file imports from its own layer and from those before it. */
const LAYERS: readonly (readonly string[])[] = [
  ['protocol', 'schema', 'text', 'media', 'scan', 'errors.ts', 'options.ts', 'builtin.ts', 'catalogue'],
  ['pipeline', 'insecure.ts'],
  [
    'stores',
    'record',
    'identity',
    'secrets',
    'sandbox',
    'flows',
    'policy',
    'manifest',
    'approvals',
    'leaks',
    'controls',
    'capabilities',
  ],
  // Pages for people: the HTTP host loads them when a deployment has any.
  ['server', 'console'],
  ['gateway', 'config'],
  ['index.ts'],
  ['prove'],
  ['cli'],
];

/** What the audit may see of the rest: the wire, the catalogue, and what a slice says of itself. */
const SEEN_BY_AUDIT = [
  /^src\/audit\//,
  /^src\/(?:protocol|schema|text|scan|catalogue)\//,
  /^src\/errors\.ts$/,
  // The verifier of the audit log is for strangers: it needs the log's folder and its public key.
  /^src\/record\//,
  // What it attests is signed, and is verified by strangers as well.
  /^src\/manifest\/dsse\.ts$/,
  // A server that is audited is launched where everything is that somebody else wrote.
  /^src\/sandbox\//,
  // Numbers alone: what is usual, which a deployment is compared with.
  /^src\/pipeline\/(?:control|limits)\.ts$/,
  /^src\/controls\/[^/]+\/(?:meta|rule)\.ts$/,
];

/** What a slice's meta and rule may see: as the audit does, for it is the audit that loads them. */
const JUDGES = /^src\/controls\/[^/]+\/(?:meta|rule)\.ts$/;

/** Contracts that the pipeline is written against; they hold types and nothing else. */
const CONTRACTS: ReadonlySet<string> = new Set(['src/stores/store.ts', 'src/record/event.ts', 'src/secrets/secret.ts']);

/** The servers that a proof attacks: they are built as a user builds one, so they stand above the slice that they are in. */
const FIXTURES = /^src\/controls\/[^/]+\/fixtures\//;

/** The layer of a file of `src`, or undefined when its folder has none. */
function layerOf(file: string): number | undefined {
  if (CONTRACTS.has(file)) return 1;
  const top = FIXTURES.test(file) ? 'prove' : file.split('/')[1];
  const layer = LAYERS.findIndex((names) => top !== undefined && names.includes(top));
  return layer === -1 ? undefined : layer;
}

/** Why an import breaks the one way, or undefined when it does not. */
export function fault({ from, to, typeOnly }: Import): string | undefined {
  const edge = `${from} imports ${to}`;
  if (JUDGES.test(from) && !SEEN_BY_AUDIT.some((seen) => seen.test(to))) return `${edge}: a rule judges from outside`;
  if (from.startsWith('src/audit/')) {
    return SEEN_BY_AUDIT.some((seen) => seen.test(to))
      ? undefined
      : `${edge}: the audit sees only the wire and the rules`;
  }
  if (to.startsWith('src/audit/')) {
    const allowed = /^src\/(?:cli\/|prove\/|index\.ts$)/.test(from) || JUDGES.test(from);
    return allowed ? undefined : `${edge}: only the command line, proofs and rules import the audit`;
  }
  if (!to.startsWith('src/')) return `${edge}: it is outside src`;
  if (CONTRACTS.has(from) && !typeOnly) return `${edge}: a contract holds types only`;
  const [lower, upper] = [layerOf(to), layerOf(from)];
  if (lower === undefined || upper === undefined) return `${edge}: a folder without a layer`;
  return lower <= upper ? undefined : `${edge}: imports run the other way`;
}

/** The first cycle of imports that survive type stripping, as a path of files, or undefined. */
export function findCycle(edges: readonly Import[]): readonly string[] | undefined {
  const next = Map.groupBy(
    edges.filter((edge) => !edge.typeOnly),
    (edge) => edge.from,
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(file);
    if (at !== -1) return [...path.slice(at), file];
    if (done.has(file)) return undefined;
    for (const edge of next.get(file) ?? []) {
      const cycle = visit(edge.to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
