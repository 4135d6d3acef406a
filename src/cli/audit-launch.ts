import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { LaunchCommand } from '../audit/launch/server-process.ts';
import { gatherLaunchedPart } from '../audit/parts/live.ts';
import type { LiveOptions } from '../audit/live/http-subject.ts';
import type { Part } from '../audit/run.ts';
import { install } from '../gateway/install.ts';
import { detectSandbox, probeSandbox, type SandboxSupport } from '../sandbox/support.ts';
import { Mistake } from './mistake.ts';

/** What the command line says about a server that is launched. */
export interface LaunchCliOptions {
  readonly env?: readonly string[];
  readonly read?: readonly string[];
  readonly inHome?: boolean;
  readonly allowNetwork?: boolean;
  readonly unsandboxed?: boolean;
}

/** Enters the options about a server that is launched. */
export function addLaunchOptions(command: Command): Command {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return command
    .option('--env <name>', 'variable of this environment that a launched server is handed; may be repeated', collect)
    .option('--read <path>', 'file or folder that it may read beside its own; may be repeated', collect)
    .option('--in-home', 'start it in its own empty folder, which it may write to, instead of where you are')
    .option('--allow-network', 'let it use the network of this machine')
    .option('--unsandboxed', 'launch it without a sandbox, with all the rights that you have; the report says so');
}

/**
 * The command behind `--`, or undefined where there is none.
 * @param words What was named on the command line beside options.
 * @throws Mistake where something else is named as well.
 */
export function commandBehind(words: readonly string[], argv: readonly string[]): readonly string[] | undefined {
  const at = argv.indexOf('--');
  const behind = at === -1 ? [] : argv.slice(at + 1);
  if (behind.length === 0) return undefined;
  if (behind.length === words.length) return behind;
  throw new Mistake('name targets, or the command of a server behind --: portcullis audit -- node server.js');
}

/**
 * Launches a server in a sandbox and attacks it over standard input and output.
 * @throws Mistake that says what is in the way.
 */
export async function gatherLaunched(
  words: readonly string[],
  options: LaunchCliOptions,
  live: LiveOptions,
): Promise<Part> {
  const support = await supportFor(options);
  const scratch = await mkdtemp(join(tmpdir(), 'portcullis-audit-package-'));
  try {
    // A sandbox of root runs as another user, who reads what is installed.
    await chmod(scratch, 0o755);
    return await gatherLaunchedPart(support, await commandOf(words, options, scratch), live);
  } catch (error) {
    throw error instanceof TypeError ? new Mistake(error.message, { cause: error }) : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function supportFor({ unsandboxed = false }: LaunchCliOptions): Promise<SandboxSupport> {
  if (unsandboxed) {
    process.stderr.write(
      'portcullis: WITHOUT A SANDBOX: the server runs with your rights, reads your files and uses your network.\n',
    );
    return probeSandbox([]);
  }
  const support = await detectSandbox();
  if (support.tools === undefined)
    throw new Mistake(
      `a server is launched in a sandbox. ${support.missing ?? ''} Or give --unsandboxed, and it runs with all your rights.`,
    );
  return support;
}

/** Programs that decide at each start what they run, or start it where no sandbox of ours is around it. */
const DECIDE_LATER: ReadonlyMap<string, string> = new Map([
  ['npm', 'write npx <package>@<version>'],
  ['pnpm', 'write npx <package>@<version>'],
  ['yarn', 'write npx <package>@<version>'],
  ['bunx', 'write npx <package>@<version>'],
  ['uvx', 'install it into a virtual environment and name the program in its bin folder'],
  ['uv', 'install it into a virtual environment and name the program in its bin folder'],
  ['pipx', 'install it into a virtual environment and name the program in its bin folder'],
  ['docker', 'run the container with an HTTP port and audit its URL'],
  ['podman', 'run the container with an HTTP port and audit its URL'],
]);

async function commandOf(words: readonly string[], options: LaunchCliOptions, scratch: string): Promise<LaunchCommand> {
  const [first, ...args] = words;
  if (first === undefined) throw new Mistake('write the command of the server behind --, such as -- node server.js');
  const name = words.join(' ').slice(0, 200);
  const environment = environmentOf(options.env ?? []);
  const network = options.allowNetwork === true;
  const more = (options.read ?? []).map(existing);
  if (basename(first) === 'npx') {
    const wanted = parseNpx(args);
    const installed = await install('the server', wanted, scratch).catch((error: unknown) => {
      throw new Mistake(error instanceof Error ? error.message : 'the package could not be installed', {
        cause: error,
      });
    });
    const { program, args: own, reads } = installed;
    return { name, program, args: own, reads: [...reads, ...more], environment, network };
  }
  const instead = DECIDE_LATER.get(basename(first));
  if (instead !== undefined) throw new Mistake(`${first} is not what is audited: ${instead}.`);
  const program = findProgram(first);
  const cwd = process.cwd();
  const roots = rootsOf(program, args, cwd);
  const inside = options.inHome !== true && roots.some((root) => isWithin(cwd, root));
  const folder = inside ? cwd : undefined;
  return {
    name,
    program: isWithinAny(program, roots) ? program : realpathSync(program),
    // It may be started elsewhere: what is a file here is named whole.
    args: args.map((arg) =>
      folder !== cwd && !arg.startsWith('-') && isFile(resolve(cwd, arg)) ? resolve(cwd, arg) : arg,
    ),
    reads: [...roots, ...more],
    ...(folder === undefined ? {} : { workingDirectory: folder }),
    environment,
    network,
  };
}

/** `npx -y pkg@1.2.3 args`, `npx --package pkg@1.2.3 bin args`. */
function parseNpx(args: readonly string[]): {
  readonly package: string;
  readonly bin?: string;
  readonly args: readonly string[];
} {
  const rest = [...args];
  let named: string | undefined;
  for (let word = rest[0]; word?.startsWith('-') === true; word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    if (word === '-p' || word === '--package') named = rest.shift();
    else if (word.startsWith('--package=')) named = word.slice('--package='.length);
    else if (!['-y', '--yes', '-q', '--quiet'].includes(word))
      throw new Mistake(`npx ${word} is not understood here: write npx <package>@<version> and its arguments.`);
  }
  if (named !== undefined) {
    const [bin, ...more] = rest;
    return { package: named, ...(bin === undefined ? {} : { bin }), args: more };
  }
  const [reference, ...more] = rest;
  if (reference === undefined) throw new Mistake('name the package: npx <package>@<version>');
  return { package: reference, args: more };
}

function environmentOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const value = process.env[name];
      if (name.includes('='))
        throw new Mistake('--env takes the name of a variable. Its value stays in the environment.');
      if (value === undefined) throw new Mistake(`--env ${name}: the environment has no such variable.`);
      return [name, value];
    }),
  );
}

function findProgram(name: string): string {
  if (name.includes('/')) return existing(name);
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const found = folders.map((folder) => join(folder, name)).find(isFile);
  if (found === undefined) throw new Mistake(`there is no program ${name} in PATH.`);
  return found;
}

function existing(path: string): string {
  if (!existsSync(path)) throw new Mistake(`there is nothing at ${path}.`);
  return resolve(path);
}

/**
 * What a command needs to read: the project of each file that it names, with the packages that its modules are looked for in. INVARIANT: never
 * a home or the root.
 */
function rootsOf(program: string, args: readonly string[], cwd: string): readonly string[] {
  const files = args
    .filter((arg) => !arg.startsWith('-'))
    .map((arg) => resolve(cwd, arg))
    .filter(existsSync);
  // A program of the system lies in the sandbox already; what else it is made of stands around it.
  const own =
    /^\/(?:usr|bin|sbin|lib|lib64)\//.test(realpathSync(program)) || basename(program) === 'node' ? [] : [program];
  const roots = [...own, ...files].flatMap((file) => {
    const root = projectOf(realpathSync(file));
    return [root, ...packagesOf(root)];
  });
  return [...new Set(roots)];
}

const MARKS = ['package.json', 'pyproject.toml', 'setup.py', 'pyvenv.cfg', '.git'];

/** The nearest folder above a file that is a project; else its own folder, or the file alone where that would show too much. */
function projectOf(file: string): string {
  const start = statSync(file).isDirectory() ? file : dirname(file);
  for (let folder = start; !isTooMuch(folder); folder = dirname(folder)) {
    if (MARKS.some((mark) => existsSync(join(folder, mark)))) return folder;
  }
  return isTooMuch(start) ? file : start;
}

function isTooMuch(folder: string): boolean {
  const home = process.env['HOME'];
  const tooMuch = [
    ...(home === undefined ? [] : [home, dirname(home)]),
    '/',
    '/home',
    '/etc',
    '/usr',
    '/var',
    '/opt',
    tmpdir(),
  ];
  return tooMuch.includes(folder);
}

/** Where Node looks for packages beyond a project: folders above it, and what `node_modules` is a link to. */
function packagesOf(root: string): readonly string[] {
  const found: string[] = [];
  for (let folder = root; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    const entry = lstatSync(packages, { throwIfNoEntry: false });
    if (entry?.isSymbolicLink() === true && existsSync(packages)) found.push(realpathSync(packages));
    if (entry?.isDirectory() === true && folder !== root) found.push(packages);
    if (folder === dirname(folder)) return found;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function isWithinAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => isWithin(path, folder));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
