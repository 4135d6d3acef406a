import { itemsOf, member, textOf, type Located } from '../gather/located.ts';

/** A bill of materials, in CycloneDX or SPDX. */
export interface BomFacts {
  readonly file: string;
  readonly format: 'CycloneDX' | 'SPDX';
  /** ISO 8601. */
  readonly at?: string;
  /** `name@version` of what npm installs, sorted. */
  readonly packages: readonly string[];
  /** Everything that it lists. */
  readonly components: number;
}

const MOST = 50_000;

/** Reads a bill of materials; `undefined` where the value is none. */
export function readBom(file: string, root: Located): BomFacts | undefined {
  if (textOf(member(root, 'bomFormat')) === 'CycloneDX') return readCycloneDx(file, root);
  if (textOf(member(root, 'spdxVersion'))?.startsWith('SPDX-2') === true) return readSpdx(file, root);
  return undefined;
}

function readCycloneDx(file: string, root: Located): BomFacts {
  const found: Located[] = [];
  const visit = (components: readonly Located[]): void => {
    for (const each of components) {
      if (found.length >= MOST) return;
      found.push(each);
      visit(itemsOf(member(each, 'components')));
    }
  };
  visit(itemsOf(member(root, 'components')));
  const packages = found.flatMap((each) => npmOf(textOf(member(each, 'purl'))) ?? []);
  return factsOf(file, 'CycloneDX', textOf(member(root, 'metadata', 'timestamp')), packages, found.length);
}

function readSpdx(file: string, root: Located): BomFacts {
  const found = itemsOf(member(root, 'packages')).slice(0, MOST);
  const packages = found.flatMap((each) =>
    itemsOf(member(each, 'externalRefs')).flatMap((reference) =>
      textOf(member(reference, 'referenceType')) === 'purl'
        ? (npmOf(textOf(member(reference, 'referenceLocator'))) ?? [])
        : [],
    ),
  );
  return factsOf(file, 'SPDX', textOf(member(root, 'creationInfo', 'created')), packages, found.length);
}

function factsOf(
  file: string,
  format: BomFacts['format'],
  at: string | undefined,
  packages: readonly string[],
  components: number,
): BomFacts {
  return {
    file,
    format,
    ...(at === undefined ? {} : { at }),
    packages: [...new Set(packages)].toSorted(),
    components,
  };
}

/** `name@version` of a package URL of npm (package-url/purl-spec): `pkg:npm/%40scope/name@1.2.3`. */
function npmOf(purl: string | undefined): string | undefined {
  const [, path, version] = /^pkg:npm\/([^@?#]+)@([^?#]+)/.exec(purl ?? '') ?? [];
  if (path === undefined || version === undefined) return undefined;
  try {
    return `${decodeURIComponent(path)}@${decodeURIComponent(version)}`;
  } catch {
    return undefined;
  }
}

/** What npm's lockfile installs, `name@version` each, sorted. */
export interface LockedPackages {
  /** What every install has. */
  readonly needed: readonly string[];
  /** Also what is for development or for some machines alone. */
  readonly all: readonly string[];
}

/** Reads npm's lockfile (versions 2 and 3); `undefined` where the value is none. */
export function readNpmLock(value: unknown): LockedPackages | undefined {
  const { packages } = Object(value) as { readonly packages?: Readonly<Record<string, unknown>> };
  if (typeof packages !== 'object' || packages === null) return undefined;
  const [needed, all] = [new Set<string>(), new Set<string>()];
  for (const [path, entry] of Object.entries(packages).slice(0, MOST)) {
    const facts = Object(entry) as Readonly<Record<string, unknown>>;
    const { version, name, link } = facts;
    const at = path.lastIndexOf('node_modules/');
    // A link stands for a folder of the project itself.
    if (at === -1 || link === true || typeof version !== 'string') continue;
    const id = `${typeof name === 'string' ? name : path.slice(at + 'node_modules/'.length)}@${version}`.slice(0, 300);
    all.add(id);
    if (['dev', 'optional', 'devOptional', 'peer'].every((kind) => facts[kind] !== true)) needed.add(id);
  }
  return { needed: [...needed].toSorted(), all: [...all].toSorted() };
}
