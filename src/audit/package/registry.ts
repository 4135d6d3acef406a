import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../protocol/json.ts';

/** What a registry says of one version of a package. Every word is a stranger's. */
export interface PublishedFacts {
  readonly publisher?: string;
  readonly maintainers: readonly string[];
  readonly repository?: string;
  readonly licence?: string;
  /** Whether it tells of signatures at all: one that does not says nothing of provenance either. */
  readonly hasSignatures: boolean;
  /** The predicate of its attestation of provenance. */
  readonly provenance?: string;
  /** ISO 8601. */
  readonly published?: string;
  /** Subresource Integrity of its archive. */
  readonly integrity?: string;
  readonly deprecated?: string;
  /** The version that was published before it. */
  readonly before?: { readonly version: string; readonly publisher?: string; readonly provenance?: string };
}

/** An archive with what its registry says of it. */
export interface Fetched {
  readonly archive: Buffer;
  readonly facts: PublishedFacts;
}

/** How npm is run. */
export interface NpmOptions {
  /** Its environment; that of this process when left out. */
  readonly environment?: NodeJS.ProcessEnv;
}

const MOST_ARCHIVE = 192 * 1024 * 1024;
const MOST_TOLD = 32 * 1024 * 1024;
const VIEW_MS = 45_000;
const PACK_MS = 180_000;
const WATCH_MS = 200;
const MOST_TEXT = 300;

/**
 * Fetches a package at an exact version from the registry that npm is configured for. Its scripts do not run, and nothing of it is
 * executed: npm hands over the archive, in a folder of its own with a cache of its own.
 * @throws Error that says what could not be had.
 */
export async function fetchPackage(spec: string, options: NpmOptions = {}): Promise<Fetched> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'portcullis-package-')));
  try {
    const facts = await askRegistry(spec, folder, options);
    await run(
      [
        'pack',
        '--ignore-scripts',
        '--loglevel=error',
        '--fetch-retries=1',
        '--fetch-retry-mintimeout=500',
        '--cache',
        join(folder, 'cache'),
        '--pack-destination',
        folder,
        '--',
        spec,
      ],
      folder,
      PACK_MS,
      options,
    );
    const name = (await readdir(folder)).find((each) => each.endsWith('.tgz'));
    if (name === undefined) throw new Error(`npm handed over no archive of ${spec}`);
    return { archive: await readArchive(join(folder, name)), facts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Reads the archive of a package from a file.
 * @throws Error when it is larger than any package.
 */
export async function readArchive(path: string): Promise<Buffer> {
  const { size } = await lstat(await realpath(path));
  if (size > MOST_ARCHIVE) throw new Error(`the archive has ${size} bytes, and ${MOST_ARCHIVE} are read at most`);
  return readFile(path);
}

/** The digest of an archive, in the form of Subresource Integrity that another has. */
export function integrityOf(archive: Uint8Array, like: string): string | undefined {
  const algorithm = /^(sha512|sha384|sha256|sha1)-/.exec(like)?.[1];
  return algorithm === undefined ? undefined : `${algorithm}-${createHash(algorithm).update(archive).digest('base64')}`;
}

async function askRegistry(spec: string, folder: string, options: NpmOptions): Promise<PublishedFacts> {
  const told = await view(spec, folder, options);
  const before = versionBefore(told);
  const name = spec.slice(0, spec.lastIndexOf('@'));
  // What cannot be had of the one before is no reason to refuse this one.
  const earlier =
    before === undefined ? undefined : await view(`${name}@${before}`, folder, options).catch(() => undefined);
  const { version, time } = told;
  const at = isObject(time) && typeof version === 'string' && Object.hasOwn(time, version) ? time[version] : undefined;
  const dist = isObject(told['dist']) ? told['dist'] : {};
  const maintainers: readonly unknown[] = Array.isArray(told['maintainers']) ? told['maintainers'] : [];
  const { repository, license } = told;
  return {
    ...text('publisher', nameOf(told['_npmUser'])),
    maintainers: maintainers.slice(0, 100).flatMap((each) => nameOf(each) ?? []),
    ...text('repository', isObject(repository) ? repository['url'] : repository),
    ...text('licence', isObject(license) ? license['type'] : license),
    hasSignatures: dist['signatures'] !== undefined || dist['attestations'] !== undefined,
    ...text('provenance', provenanceOf(told)),
    ...text('published', at),
    ...text('integrity', dist['integrity']),
    ...text('deprecated', told['deprecated']),
    ...(before === undefined || earlier === undefined
      ? {}
      : {
          before: {
            version: before,
            ...text('publisher', nameOf(earlier['_npmUser'])),
            ...text('provenance', provenanceOf(earlier)),
          },
        }),
  };
}

function provenanceOf({ dist }: JsonObject): unknown {
  const attestations = isObject(dist) && isObject(dist['attestations']) ? dist['attestations'] : {};
  return isObject(attestations['provenance']) ? attestations['provenance']['predicateType'] : undefined;
}

/** The last of those that were published before it. */
function versionBefore({ version, time }: JsonObject): string | undefined {
  if (!isObject(time) || typeof version !== 'string' || typeof time[version] !== 'string') return undefined;
  const at = Date.parse(time[version]);
  const earlier = Object.entries(time).flatMap(([each, day]) => {
    const ms = /^\d+\.\d+\.\d+/.test(each) && typeof day === 'string' ? Date.parse(day) : Number.NaN;
    return ms < at ? [{ each, ms }] : [];
  });
  return earlier.toSorted((a, b) => b.ms - a.ms)[0]?.each;
}

/** Npm writes a person as an object, or as a name with an address behind it. */
function nameOf(person: unknown): string | undefined {
  const name: unknown = isObject(person) ? person['name'] : person;
  return typeof name === 'string' && name !== '' ? name.replace(/\s*<[^>]*>$/, '').slice(0, MOST_TEXT) : undefined;
}

function text<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  if (typeof value !== 'string' || value === '') return {};
  return { [key]: value.slice(0, MOST_TEXT) } as { readonly [P in K]?: string };
}

async function view(spec: string, folder: string, options: NpmOptions): Promise<JsonObject> {
  const told: unknown = JSON.parse(
    await run(
      ['view', '--json', '--fetch-retries=0', '--cache', join(folder, 'cache'), '--', spec],
      folder,
      VIEW_MS,
      options,
    ),
  );
  if (!isObject(told) || typeof told['version'] !== 'string') throw new Error(`the registry knows no ${spec}`);
  return told;
}

/** Npm knows the registry, its credential and the way there. INVARIANT: what it writes stays within bounds. */
function run(
  args: readonly string[],
  cwd: string,
  timeout: number,
  { environment = process.env }: NpmOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'npm',
      [...args],
      { cwd, env: environment, timeout, maxBuffer: MOST_TOLD, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        clearInterval(watch);
        if (error === null) return resolve(stdout);
        const said =
          /npm error (?!code|A complete log)(.{1,200})/.exec(stderr)?.[1] ?? 'npm could not be run, or took too long';
        return reject(new Error(said, { cause: error }));
      },
    );
    const watch = setInterval(() => {
      void sizeOf(cwd, 0).then((size) => size > 4 * MOST_ARCHIVE && child.kill('SIGKILL'));
    }, WATCH_MS);
    watch.unref();
  });
}

async function sizeOf(folder: string, depth: number): Promise<number> {
  if (depth > 8) return 0;
  let size = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) size += await sizeOf(path, depth + 1);
    else size += (await lstat(path).catch(() => undefined))?.size ?? 0;
  }
  return size;
}
