import { accessSync, closeSync, constants, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { NoShell } from '../../controls/no-shell/control.ts';
import { isShell } from '../../controls/no-shell/interpreters.ts';

/** A program, as it was found at start-up. */
export interface Program {
  /** Absolute, with every link followed. */
  readonly path: string;
  /** Whether the file is still the one that was found: the same inode, unchanged. */
  isUnchanged(): boolean;
}

/** INVARIANT: a program that is not mapped is looked for here and nowhere else, never in PATH. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin'];

/** Where a program is, and every path that is looked at on the way there: for permission flags. */
export function findProgram(
  name: string,
  programs: Readonly<Record<string, string>>,
): { readonly path: string; readonly looked: readonly string[] } {
  const located = locate(name, programs);
  const path = realpathSync.native(located);
  const tried = Object.hasOwn(programs, name) ? [] : FOLDERS.map((folder) => join(folder, name));
  return { path, looked: [...new Set([...tried, located, path])] };
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
const GROUP_OR_OTHERS_WRITE = 0o022;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** Whether a text can be the name of a program. */
export function isProgramName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/**
 * The absolute path of a program, before its links are followed.
 * @throws TypeError when there is none, with where it was looked for.
 */
function locate(name: string, programs: Readonly<Record<string, string>>): string {
  const mapped = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (mapped !== undefined) {
    if (!isAbsolute(mapped)) throw new TypeError(`programs.${name}: "${mapped}" is no absolute path. Write it whole.`);
    if (statSync(mapped, { throwIfNoEntry: false }) === undefined)
      throw new TypeError(`programs.${name}: there is no file ${mapped}.`);
    return mapped;
  }
  const found = FOLDERS.map((folder) => join(folder, name)).find(isThere);
  if (found !== undefined) return found;
  throw new TypeError(
    `exec("${name}"): there is no such program in ${FOLDERS.join(', ')}. Install it, or map it: programs: { ${name}: /absolute/path }.`,
  );
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Finds a program and insists that it is one that may be run.
 * @param words The fixed words of its arguments.
 * @throws TypeError that says what is wrong with it and how to mend that.
 */
export function openProgram(
  name: string,
  programs: Readonly<Record<string, string>>,
  words: readonly string[],
  noShell: NoShell,
): Program {
  const located = locate(name, programs);
  const path = realpathSync.native(located);
  const where = `exec("${name}"), ${path}`;
  const problem = noShell.programProblem([name, basename(located), basename(path)], words);
  if (problem !== undefined) {
    throw new TypeError(
      `exec("${name}"): ${problem}, so that an argument can become a command. Use a program that does the one thing; in the dev profile alone, insecureInterpreter lets it through.`,
    );
  }
  const facts = identity(path);
  const stat = lstatSync(path);
  if (!stat.isFile()) throw new TypeError(`${where}: is no regular file.`);
  if (!canRun(path)) throw new TypeError(`${where}: may not be executed. Mend its rights, or map another file.`);
  const loose = looseAt(path);
  if (loose !== undefined)
    throw new TypeError(
      `${where}: others may change ${loose}, and with it what is run. Take that right away from them.`,
    );
  refuseShellScript(where, path);
  return Object.freeze({
    path,
    isUnchanged(): boolean {
      try {
        return realpathSync.native(located) === path && identity(path) === facts;
      } catch {
        return false;
      }
    },
  });
}

/** Device, inode, size and times. The time of the last change of the inode cannot be set back by its owner. */
function identity(path: string): string {
  const { dev, ino, mode, uid, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  return [dev, ino, mode, uid, size, mtimeNs, ctimeNs].join(' ');
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return (lstatSync(path).mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** The first of the file and the folders above it that someone else may write: who can rename can replace. */
export function looseAt(path: string): string | undefined {
  const own = new Set([0, process.getuid?.() ?? 0]);
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid } = statSync(at);
    const shared =
      at === path ? (mode & GROUP_OR_OTHERS_WRITE) !== 0 : (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
    if (shared || !own.has(uid)) return at;
    // Under permission flags the folders above cannot be seen; they were looked at before the flags were set.
    if (at === dirname(at) || process.permission !== undefined) return undefined;
  }
}

/** A script for a shell puts its arguments together anew (CWE-78), whatever it is called. */
function refuseShellScript(where: string, path: string): void {
  const interpreter = /^#!\s*(\S+)/.exec(firstBytes(path))?.[1];
  if (interpreter === undefined || !isShell(basename(interpreter))) return;
  throw new TypeError(`${where}: is a script for ${interpreter}. Use a program that needs no shell.`);
}

function firstBytes(path: string): string {
  const bytes = Buffer.alloc(256);
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY);
  } catch {
    // A script has to be read by its interpreter; what may only be executed is none.
    return '';
  }
  try {
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}
