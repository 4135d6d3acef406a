import { spawn } from 'node:child_process';
import { chmodSync, constants, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { looseAt } from '../capabilities/exec/program.ts';
import type { ConfigFile } from '../config/read.ts';
import { permissionFlags } from '../controls/declared-behaviour/flags.ts';
import { discover, type Discovered } from './discover.ts';
import { Mistake } from './mistake.ts';
import { touchOf } from './touch.ts';

/** Names the temporary folder of a confined process, which it removes when it ends. */
const FOLDER = 'PORTCULLIS_RUN_FOLDER';

/** A command that is to be confined. */
export interface Confinement {
  /** The module, as it was named. */
  readonly module: string;
  readonly source: ConfigFile;
  readonly stdio: boolean;
  /** Whether the embedded authorization server runs as well. */
  readonly dev: boolean;
}

/**
 * Starts this process anew with the smallest permission flags that the server's declarations and its configuration allow,
 * and does not return then. In the confined process, and where the server has switched the control off, it returns what
 * tidies up.
 * @throws Mistake when the module cannot be loaded, or a path would stand for more than itself.
 */
export async function confine(command: Confinement): Promise<() => void> {
  if (process.permission !== undefined) return removeFolder;
  if (constants.O_DSYNC === undefined) return goOnWithout(command);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-run-')));
  // A sandbox of root runs as another user, and has its own folder below this one.
  chmodSync(folder, 0o711);
  const give = (): void => rmSync(folder, { recursive: true, force: true });
  let flags: readonly string[];
  try {
    const found = discover(command, folder);
    if (found.weakened.includes('declared-behaviour')) {
      give();
      return () => undefined;
    }
    refuseLoosePrograms(found);
    flags = permissionFlags(touchOf(command, found, folder));
  } catch (error) {
    give();
    throw error instanceof TypeError ? new Mistake(error.message, { cause: error }) : error;
  }
  return restart(flags, folder);
}

/** Under the flags Node has no fsync, and without a flag that stands in for it no record would be durable. */
function goOnWithout({ source }: Confinement): () => void {
  const why = `Node's permission flags cannot be used on ${process.platform}: the audit log could not be made durable.`;
  if (source.config.profile === 'production') throw new Mistake(`${why} Run production on Linux.`);
  process.stderr.write(`${why} Handlers can touch what they like.\n`);
  return () => undefined;
}

/** Where folders above a program can be seen: the confined process cannot look at them. */
function refuseLoosePrograms({ programs }: Discovered): void {
  for (const program of programs) {
    const loose = looseAt(program);
    if (loose !== undefined)
      throw new Mistake(
        `${program}: others may change ${loose}, and with it what is run. Take that right away from them.`,
      );
  }
}

/** The same process goes on as the confined one: number, streams, signals and exit code stay as they are. */
function restart(flags: readonly string[], folder: string): Promise<never> {
  const args = [...process.execArgv, ...flags, ...process.argv.slice(1)];
  const environment = { ...process.env, [FOLDER]: folder, TMPDIR: folder, TMP: folder, TEMP: folder };
  if (process.execve !== undefined && process.platform !== 'win32') {
    process.removeAllListeners('warning');
    process.execve(process.execPath, [process.execPath, ...args], environment);
  }
  return restartAsChild(args, environment);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Where a process cannot be replaced: a child with the same streams, told of each signal, whose exit code is ours. */
function restartAsChild(args: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
  });
}

function removeFolder(): void {
  const folder = process.env[FOLDER];
  if (folder === undefined || resolve(folder) !== resolve(tmpdir()) || dirname(folder) === folder) return;
  rmSync(folder, { recursive: true, force: true });
}
