import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { permissionFlags } from '../controls/declared-behaviour/flags.ts';
import type { DeclaredTouch } from '../server/system-needs.ts';
import type { Confinement } from './confine.ts';
import { Mistake } from './mistake.ts';
import { touchWhileAsked } from './touch.ts';

/** What a module declares, and what it is made of. */
export interface Discovered extends DeclaredTouch {
  /** Absolute paths of its modules, packages left out. */
  readonly modules: readonly string[];
  /** Names of the databases that it asks for. */
  readonly sources: readonly string[];
  /** Ids of the controls that it switches off. */
  readonly weakened: readonly string[];
}

const paths = z.array(z.string());

const Answer: z.ZodType<Discovered | { readonly mistake: string }> = z.union([
  z.strictObject({ mistake: z.string() }),
  z.strictObject({
    reads: paths,
    writes: paths,
    programs: paths,
    hosts: paths,
    isolations: z.array(z.enum(['none', 'worker', 'process'])),
    modules: paths,
    sources: paths,
    weakened: paths,
  }),
]);

const MOST_BYTES = 64 * 1024 * 1024;
const ANSWER_FD = 3;

/**
 * Loads a module in a process of its own that may read code and nothing else, and asks it what it declares. INVARIANT: no
 * code of the module runs in a process without permission flags.
 * @throws Mistake as the loading of the module would; one that says what to permit when it touches more while it loads.
 */
export function discover(command: Confinement, folder: string): Discovered {
  const built = new URL('./discover-main.js', import.meta.url);
  const main = fileURLToPath(existsSync(built) ? built : new URL('./discover-main.ts', import.meta.url));
  const flags = permissionFlags(touchWhileAsked(command, folder));
  const asked = [command.module, command.source.file, command.dev ? 'dev' : 'serve'];
  const { output, error, status, signal } = spawnSync(
    process.execPath,
    [...process.execArgv, ...flags, '--no-warnings', main, ...asked],
    {
      env: { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder },
      // It writes its answer beside its output, which is the module's to fill.
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      maxBuffer: MOST_BYTES,
    },
  );
  if (error !== undefined) throw error;
  const text = output[ANSWER_FD]?.toString() ?? '';
  const answer = text === '' ? undefined : Answer.parse(JSON.parse(text));
  if (answer === undefined)
    throw new Mistake(`${command.module} ended the process that loads it (${signal ?? `code ${status ?? '?'}`}).`);
  if ('mistake' in answer) throw new Mistake(answer.mistake);
  return answer;
}
