import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { configure, type ExactVersions } from '../controls/exact-versions/control.ts';
import { isObject } from '../protocol/json.ts';
import { readFacts, type PackageFacts } from './facts.ts';
import { parsePackage, type UpstreamOptions } from './options.ts';

/** Something that can be started: the same bytes every time. */
export interface Installed {
  /** What it was made of, for people: `some-server@1.2.3`, or the path of a program. */
  readonly source: string;
  /** Of a package, over the lockfile that npm wrote of its whole tree; of a program, over its file and those
   * that its arguments name. SHA-256, base64url. */
  readonly integrity: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute paths that it needs to run at all. */
  readonly reads: readonly string[];
  /** Of a package. */
  readonly facts?: PackageFacts;
  /** Whether what is started is still what was looked at; it is not looked at again when absent. */
  readonly unchanged?: () => Promise<boolean>;
}

const INSTALL_MS = 300_000;
const EXACT = configure(new Set());

/**
 * Installs an upstream ahead of its start. A package goes, without its install scripts, into a folder that is named by what
 * npm locked of it; it is never fetched again, and never looked for at a start.
 * @throws Error that says what is wrong and how to mend it.
 */
export async function install(
  id: string,
  options: UpstreamOptions,
  folder: string,
  versions: ExactVersions = EXACT,
): Promise<Installed> {
  const args = options.args ?? [];
  if (options.command !== undefined) {
    const program = await realpath(options.command);
    for (const path of [options.command, program, ...args.filter((arg) => arg.startsWith('/'))]) {
      const problem = versions.programProblem(path);
      if (problem !== undefined)
        throw new TypeError(`"${id}": ${problem}. Name the package at an exact version, or the program itself.`);
    }
    const code = [program, ...(await scriptOf(args, options.needs?.writes ?? []))];
    const { unchanged } = await watch(code);
    return { source: program, integrity: await digestCommand(program, args), program, args, reads: [], unchanged };
  }
  const { name, version } = parsePackage(options.package ?? '', versions);
  const root = join(folder, `${name.replaceAll('/', '+')}@${version}`);
  if (!(await exists(join(root, 'package-lock.json')))) await fetchPackage(name, version, root);
  const lock = join(root, 'package-lock.json');
  const program = await binOf(id, join(root, 'node_modules', name), name, options.bin);
  const { unchanged } = await watch([lock, program]);
  return {
    source: `${name}@${version}`,
    integrity: await digestFile(lock),
    program: process.execPath,
    args: [program, ...args],
    reads: [await realpath(root)],
    facts: await readFacts(root, name),
    unchanged,
  };
}

/**
 * The script that an interpreter is given: the first file among its arguments. Others are data, which may change while it runs, and
 * so is what it may write itself.
 */
async function scriptOf(args: readonly string[], writes: readonly string[]): Promise<readonly string[]> {
  for (const arg of args.filter((word) => word.startsWith('/'))) {
    if ((await stat(arg).catch(() => undefined))?.isFile() !== true) continue;
    return writes.some((path) => arg === path || arg.startsWith(`${path}/`)) ? [] : [arg];
  }
  return [];
}

/** Looks at files, and tells whether they still are what they were: they are read again when the system says that one was touched. */
async function watch(paths: readonly string[]): Promise<{ readonly unchanged: () => Promise<boolean> }> {
  const digest = async (): Promise<string> => (await Promise.all(paths.map(digestFile))).join(' ');
  // Before they are read: what changes meanwhile differs from this.
  let seen = await touchedOf(paths);
  const first = await digest();
  return {
    async unchanged() {
      const now = await touchedOf(paths);
      if (now === seen) return true;
      if ((await digest()) !== first) return false;
      seen = now;
      return true;
    },
  };
}

/** What the system notes of a file when it is written or replaced, which nobody but its kernel sets. */
async function touchedOf(paths: readonly string[]): Promise<string> {
  const all = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)));
  return all.map((each) => (each === undefined ? '-' : `${each.dev} ${each.ino} ${each.size} ${each.ctimeNs}`)).join();
}

/** npm does it, in a folder beside, which takes its place when all of it is there. */
async function fetchPackage(name: string, version: string, root: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true, mode: 0o755 });
  const beside = await mkdtemp(`${root}.`);
  try {
    await writeFile(join(beside, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }));
    const flags = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', '--omit=dev'];
    await run('npm', flags, beside);
    await insistOnIntegrity(beside);
    // A sandbox may run as another user, who reads it.
    await chmod(beside, 0o755);
    await rename(beside, root);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    const why = error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : '';
    throw new Error(`${name}@${version} could not be installed: ${why}`, { cause: error });
  }
}

/** INVARIANT: what is installed has a digest for each of its packages, which npm compared on the way. */
async function insistOnIntegrity(root: string): Promise<void> {
  const lock: unknown = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const packages = isObject(lock) && isObject(lock['packages']) ? Object.entries(lock['packages']) : [];
  const without = packages.find(
    ([path, entry]) =>
      path !== '' && isObject(entry) && entry['optional'] !== true && typeof entry['integrity'] !== 'string',
  );
  if (packages.length < 2 || without !== undefined)
    throw new Error(`npm locked no integrity of ${without?.[0] ?? 'it'}: it does not come from a registry`);
}

async function binOf(id: string, folder: string, name: string, wanted: string | undefined): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const bin = isObject(manifest) ? manifest['bin'] : undefined;
  const short = name.slice(name.lastIndexOf('/') + 1);
  const bins = typeof bin === 'string' ? { [short]: bin } : isObject(bin) ? bin : {};
  const names = Object.keys(bins);
  const chosen = wanted ?? (names.length === 1 ? names[0] : names.find((each) => each === short));
  const path = chosen === undefined ? undefined : bins[chosen];
  if (typeof path !== 'string')
    throw new Error(
      names.length === 0
        ? `"${id}": ${name} has no program to run.`
        : `"${id}": ${name} has the programs ${names.join(', ')}. Say which one under "bin".`,
    );
  const file = await realpath(join(folder, path));
  if (!file.startsWith(`${await realpath(folder)}/`))
    throw new Error(`"${id}": the program of ${name} lies outside of it.`);
  return file;
}

function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, timeout: INSTALL_MS, maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(stderr.split('\n').find((line) => line.includes('npm error')) ?? error.message, { cause: error }),
        );
    });
  });
}

/** Of the program, and of each file that its arguments name: an interpreter alone says nothing of what it runs. */
async function digestCommand(program: string, args: readonly string[]): Promise<string> {
  const own = await digestFile(program);
  const files: string[] = [];
  for (const arg of args.filter((word) => word.startsWith('/'))) {
    if ((await stat(arg).catch(() => undefined))?.isFile() === true) files.push(await digestFile(arg));
  }
  return files.length === 0
    ? own
    : createHash('sha256')
        .update([own, ...files].join(' '))
        .digest('base64url');
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('base64url');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * The version of a package that npm gives for a tag or a range, or for nothing.
 * @throws Error when there is none.
 */
export async function newestVersion(reference: string): Promise<string> {
  const told: unknown = JSON.parse(await run('npm', ['view', '--json', reference, 'version'], '/'));
  const version: unknown = Array.isArray(told) ? told.at(-1) : told;
  if (typeof version !== 'string') throw new Error(`npm knows no version of ${reference}`);
  return version;
}
