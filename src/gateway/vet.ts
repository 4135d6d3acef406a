import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../protocol/json.ts';
import type { Installed } from './install.ts';
import { resembles } from '../text/known-names.ts';
import { parsePackage, type UpstreamOptions } from './options.ts';
import { askRegistry, type RegistryFacts } from './vet-registry.ts';

/** What is looked at before a package of a stranger is admitted (SUP-05). */
export type VetCheck =
  | 'publisher'
  | 'repository'
  | 'provenance'
  | 'integrity'
  | 'age'
  | 'deprecation'
  | 'install-scripts'
  | 'name'
  | 'egress'
  | 'dependencies';

/** All of them, in the order in which they are shown. */
export const VET_CHECKS: readonly VetCheck[] = Object.freeze([
  'publisher',
  'repository',
  'provenance',
  'integrity',
  'age',
  'deprecation',
  'install-scripts',
  'name',
  'egress',
  'dependencies',
]);

/** `note` has to be read, and keeps nothing back; `unknown` could not be found out, and is no pass. */
export type VetStatus = 'pass' | 'note' | 'fail' | 'unknown';

/** What one check came to. */
export interface Vetted {
  readonly check: VetCheck;
  readonly status: VetStatus;
  /** One line. It may hold a stranger's words. */
  readonly what: string;
}

/** The admission record of a package. */
export interface Vetting {
  /** What was looked at: `some-server@1.2.3`, and the integrity of what was installed of it. */
  readonly source: string;
  readonly integrity: string;
  /** ISO 8601. */
  readonly at: string;
  /** Why the registry said nothing; absent where it did. */
  readonly unreachable?: string;
  readonly checks: readonly Vetted[];
}

/** How a registry is asked. */
export type AskRegistry = (reference: string) => Promise<RegistryFacts>;

const YOUNGEST_DAYS = 7;
const DAY_MS = 86_400_000;
const MANY_PACKAGES = 400;

/**
 * Makes the admission record of an installed package: what its registry says of it, what lies on the disk, and what the
 * configuration lets it reach. What cannot be found out is `unknown`.
 * @param others Names of packages beside those that many people run, that it must not be taken for.
 */
export async function vetPackage(
  options: UpstreamOptions,
  installed: Installed,
  others: Iterable<string>,
  ask: AskRegistry = askRegistry,
  now: number = Date.now(),
): Promise<Vetting> {
  const { source, integrity } = installed;
  const { name } = parsePackage(options.package ?? '');
  let facts: RegistryFacts | undefined;
  let unreachable: string | undefined;
  try {
    facts = await ask(source);
  } catch (error) {
    unreachable = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
  }
  const archive = await archiveOf(installed, name);
  return {
    source,
    integrity,
    at: new Date(now).toISOString(),
    ...(unreachable === undefined ? {} : { unreachable }),
    checks: [...checkRegistry(facts, archive, now), ...checkHere(name, options, installed, facts, others)],
  };
}

const vetted = (check: VetCheck, status: VetStatus, what: string): Vetted => ({ check, status, what });

function checkRegistry(facts: RegistryFacts | undefined, archive: string | undefined, now: number): readonly Vetted[] {
  if (facts === undefined)
    return (['publisher', 'repository', 'provenance', 'integrity', 'age', 'deprecation'] as const).map((check) =>
      vetted(check, 'unknown', 'the registry could not be asked'),
    );
  const { publisher, repository, provenance, deprecated } = facts;
  return [
    publisher === undefined
      ? vetted('publisher', 'unknown', 'the registry names nobody')
      : vetted('publisher', 'pass', publisher),
    checkRepository(repository, provenance),
    provenance === undefined
      ? vetted('provenance', 'note', 'nothing says which source it was built from')
      : vetted('provenance', 'pass', `the registry has an attestation: ${provenance}`),
    checkArchive(facts.integrity, archive),
    checkAge(facts.published, now),
    deprecated === undefined
      ? vetted('deprecation', 'pass', 'not deprecated')
      : vetted('deprecation', 'fail', `deprecated: ${deprecated}`),
  ];
}

/** A registry takes an attestation only where it names the repository that the package does. */
function checkRepository(repository: string | undefined, provenance: string | undefined): Vetted {
  if (repository === undefined) return vetted('repository', 'fail', 'it names none');
  if (provenance === undefined) return vetted('repository', 'note', `${repository}, as it says itself`);
  return vetted('repository', 'pass', `${repository}, which its attestation is bound to`);
}

/** INVARIANT: the record is about the bytes that were installed. */
function checkArchive(told: string | undefined, archive: string | undefined): Vetted {
  if (told === undefined || archive === undefined)
    return vetted('integrity', 'unknown', 'there is no digest to compare');
  return told === archive
    ? vetted('integrity', 'pass', 'what is installed is what the registry has')
    : vetted('integrity', 'fail', 'what is installed is not what the registry has now');
}

function checkAge(published: string | undefined, now: number): Vetted {
  const at = published === undefined ? Number.NaN : Date.parse(published);
  if (Number.isNaN(at)) return vetted('age', 'unknown', 'the registry says no day');
  const days = Math.floor((now - at) / DAY_MS);
  return vetted('age', days >= YOUNGEST_DAYS ? 'pass' : 'fail', `${days} days old; ${YOUNGEST_DAYS} at least`);
}

function checkHere(
  name: string,
  { needs = {} }: UpstreamOptions,
  { facts: package_ }: Installed,
  registry: RegistryFacts | undefined,
  others: Iterable<string>,
): readonly Vetted[] {
  const like =
    resembles(name) ??
    resembles(
      name,
      [...others].filter((each) => each !== name),
    );
  const scripts = [
    ...new Set([...(package_?.installScripts ?? []), ...(registry?.hasInstallScript === true ? [name] : [])]),
  ];
  return [
    package_ === undefined
      ? vetted('install-scripts', 'unknown', 'its lockfile could not be read')
      : scripts.length === 0
        ? vetted('install-scripts', 'pass', 'none')
        : vetted('install-scripts', 'note', `never run here: ${scripts.slice(0, 10).join(', ')}`),
    like === undefined
      ? vetted('name', 'pass', 'like no other that is known')
      : like.why === 'letters'
        ? vetted('name', 'fail', `a few letters from ${like.name}`)
        : vetted('name', 'note', `called as ${like.name} is, by somebody else`),
    needs.network === undefined
      ? vetted('egress', 'pass', needs.hosts === undefined ? 'no network' : needs.hosts.join(', '))
      : vetted('egress', 'fail', 'the network of this machine as a whole: name its hosts'),
    package_ === undefined
      ? vetted('dependencies', 'unknown', 'its lockfile could not be read')
      : vetted('dependencies', package_.packages > MANY_PACKAGES ? 'note' : 'pass', `${package_.packages} packages`),
  ];
}

/** The digest of its archive, which npm compared when it was installed. */
async function archiveOf({ reads: [root] }: Installed, name: string): Promise<string | undefined> {
  if (root === undefined) return undefined;
  try {
    const lock: unknown = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    const packages = isObject(lock) && isObject(lock['packages']) ? lock['packages'] : {};
    const entry = packages[`node_modules/${name}`];
    return isObject(entry) && typeof entry['integrity'] === 'string' ? entry['integrity'] : undefined;
  } catch {
    return undefined;
  }
}
