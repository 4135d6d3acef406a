import { nearest, refuseUnknownOptions } from '../../options.ts';
import { configure as configureContainment } from '../../controls/path-containment/control.ts';
import { neutralise } from '../../text/neutralise.ts';
import type {
  Capability,
  CapabilityContext,
  CapabilityHandle,
  CapabilityPlaces,
  CapabilityRuntime,
  SystemNeeds,
} from '../capability.ts';
import { Budget } from './budget.ts';
import { FilesError, toFilesError } from './error.ts';
import { type FilesOptions, readOptions, type Rules } from './options.ts';
import {
  type FileContent,
  type FileEntry,
  type FileStat,
  listFolder,
  readContent,
  readText,
  statPath,
} from './read.ts';
import { remoteOf } from './remote.ts';
import { createTemporary, temporaryParent } from './temporary.ts';
import type { Tree } from './tree.ts';
import { appendFile, type FileData, makeFolder, removePath, writeFile } from './write.ts';

/** Reads files under one folder. Paths are relative, with `/` between names. Every method rejects with `FilesError`. */
export interface FilesReader {
  /** The bytes of a file, and its type by its first bytes. */
  read(path: string): Promise<FileContent>;
  /** The text of a file, which must be UTF-8. */
  text(path: string): Promise<string>;
  /** Files and folders in a folder, the root when none is named. Links, special files and denied names are left out. */
  list(path?: string): Promise<readonly FileEntry[]>;
  stat(path: string): Promise<FileStat>;
  /** An empty folder of this call's own, mode 0700, that is removed when the call ends, however it ends. */
  temporary(): Promise<TemporaryFolder>;
}

/** What a write does with a file that is there already. */
export interface WriteOptions {
  /** Puts the new file in its place; otherwise it is an error. */
  readonly overwrite?: boolean;
}

/** Changes files. */
interface Changes {
  /** Writes a whole file, mode 0600: it is there with all of its content, on stable storage, or not at all. */
  write(path: string, data: FileData, options?: WriteOptions): Promise<void>;
  /** Adds to the end of a file, which is made when there is none. */
  append(path: string, data: FileData): Promise<void>;
  /** Removes a file, or an empty folder. */
  remove(path: string): Promise<void>;
  /** Makes a folder, mode 0700, and those above it. */
  mkdir(path: string): Promise<void>;
}

/** Reads and changes files under one folder. */
export interface FilesWriter extends FilesReader, Changes {}

/** A folder that lives as long as the call. */
export interface TemporaryFolder extends Omit<FilesReader, 'temporary'>, Changes {
  /** Absolute path, for a program that `exec` runs. */
  readonly path: string;
}

/** Declares the reading of files under a folder that the deployment names. */
export function files(root: string, access: 'read', options?: FilesOptions): Capability<FilesReader>;
/** Declares the reading and changing of files under a folder that the deployment names. */
export function files(root: string, access: 'write', options?: FilesOptions): Capability<FilesWriter>;
export function files(
  root: string,
  access: 'read' | 'write',
  options: FilesOptions = {},
): Capability<FilesReader> | Capability<FilesWriter> {
  if (typeof root !== 'string' || !/^[\w-]{1,64}$/.test(root))
    throw new TypeError('files() takes the name of a root: 1 to 64 letters, digits, "_" and "-".');
  if (access !== 'read' && access !== 'write') throw new TypeError(`files("${root}", ...) needs "read" or "write".`);
  const rules = readOptions(options);
  const shared = {
    kind: 'files',
    declares: Object.freeze({ root, access }),
    system: (places: CapabilityPlaces) => systemOf(root, access, places),
  };
  if (access === 'read') {
    return Object.freeze({
      ...shared,
      remote: remoteOf<FilesReader>(access),
      open: (runtime: CapabilityRuntime) => open(root, rules, runtime, createReader),
    });
  }
  return Object.freeze({
    ...shared,
    remote: remoteOf<FilesWriter>(access),
    open: (runtime: CapabilityRuntime) =>
      open(root, rules, runtime, (call) => Object.freeze({ ...createReader(call), ...createChanges(call) })),
  });
}

/** Open folders are reached through `/proc/self/fd`, so that belongs to what is touched. */
function systemOf(root: string, access: 'read' | 'write', { roots }: CapabilityPlaces): SystemNeeds {
  const own = [rootOf(root, roots)];
  const held = process.platform === 'linux' ? ['/proc/self/fd'] : [];
  const temporary = [temporaryParent(), ...held];
  return access === 'read'
    ? { reads: own, writes: temporary, programs: [], hosts: [] }
    : { reads: [], writes: [...own, ...temporary], programs: [], hosts: [] };
}

/**
 * The folder of a root.
 * @throws TypeError that names the known ones.
 */
function rootOf(name: string, roots: Readonly<Record<string, string>>): string {
  const path = Object.hasOwn(roots, name) ? roots[name] : undefined;
  if (path !== undefined) return path;
  const near = nearest(name, Object.keys(roots));
  const known = Object.keys(roots).join(', ') || 'none';
  throw new TypeError(
    `The deployment has no root ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean "${near}"?`} Declared under "roots": ${known}.`,
  );
}

/** Tells the operator of an operation that was refused, or that failed for no reason of the caller's. */
type Log = (error: FilesError, path: unknown) => void;

/** A path as a caller gave it, in one visible line. */
function shown(path: unknown): string {
  return JSON.stringify(neutralise(String(path).slice(0, 200)));
}

/** One call at work on one tree. */
interface Call {
  readonly tree: Tree;
  readonly budget: Budget;
  readonly rules: Rules;
  readonly context: CapabilityContext;
  /** Runs one operation: counted, and its failure turned into one that may be shown. */
  readonly run: <T>(path: unknown, work: () => Promise<T>) => Promise<T>;
}

async function open<T>(
  name: string,
  rules: Rules,
  runtime: CapabilityRuntime,
  create: (call: Call) => T,
): Promise<CapabilityHandle<T>> {
  const tree = await configureContainment(runtime.weakened)(rootOf(name, runtime.roots), rules);
  const log: Log = (error, path) =>
    runtime.log(`files ${name}: ${error.reason} (${FilesError.detailOf(error)}) ${shown(path)}`);
  let closing: Promise<void> | undefined;
  return {
    grant: (context) => create(createCall(tree, rules, context, log)),
    close: () => (closing ??= tree.close()),
  };
}

function createCall(tree: Tree, rules: Rules, context: CapabilityContext, log: Log): Call {
  const budget = new Budget(rules.limits, () => context.signal, context.meter);
  let begun = false;
  return {
    tree,
    budget,
    rules,
    context,
    async run<T>(path: unknown, work: () => Promise<T>): Promise<T> {
      if (!begun) {
        begun = true;
        context.defer(() => budget.end());
      }
      try {
        return await budget.run(work);
      } catch (error) {
        // A mistake of the developer; those of Node about a path have a code.
        if (error instanceof TypeError && !('code' in error)) throw error;
        const failure = toFilesError(error);
        if (failure.reason === 'refused' || failure.reason === 'failed') log(failure, path);
        throw failure;
      }
    },
  };
}

function createReads({ tree, budget, run }: Call): Omit<FilesReader, 'temporary'> {
  return {
    read: (path) => run(path, () => readContent(tree, budget, path)),
    text: (path) => run(path, () => readText(tree, budget, path)),
    list: (path = '') => run(path, () => listFolder(tree, budget, path)),
    stat: (path) => run(path, () => statPath(tree, path)),
  };
}

function createReader(call: Call): FilesReader {
  return Object.freeze({ ...createReads(call), temporary: () => call.run('', () => openTemporary(call)) });
}

function createChanges({ tree, budget, run }: Call): Changes {
  return {
    write: (path, data, options = {}) => {
      refuseUnknownOptions('files write', options, ['overwrite']);
      return run(path, () => writeFile(tree, budget, path, data, options.overwrite === true));
    },
    append: (path, data) => run(path, () => appendFile(tree, budget, path, data)),
    remove: (path) => run(path, () => removePath(tree, path)),
    mkdir: (path) => run(path, () => makeFolder(tree, path)),
  };
}

async function openTemporary(call: Call): Promise<TemporaryFolder> {
  const { path, tree, remove } = await createTemporary(call.rules);
  call.context.defer(remove);
  const own = { ...call, tree };
  return Object.freeze({ path, ...createReads(own), ...createChanges(own) });
}
