import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Capability, CapabilityPlaces, CapabilityRuntime, Remote, SystemNeeds } from '../capability.ts';
import { configure as configureNoShell } from '../../controls/no-shell/control.ts';
import { detectSandbox } from '../../sandbox/support.ts';
import { neutralise } from '../../text/neutralise.ts';
import { checkParts } from './arguments.ts';
import { ExecError, type ExecReason } from './error.ts';
import { readOptions, type ExecOptions, type ExecSettings } from './options.ts';
import { createPlaces } from './places.ts';
import { findProgram, isProgramName, openProgram } from './program.ts';
import { createRunner, type RunParts } from './run.ts';
import type { ExecValues, OutputNames, Part } from './schema.ts';

/** What a program came to. */
export interface ExecResult<O extends string = string> {
  /** The name that `exitCodes` gives to its exit code. */
  readonly outcome: string;
  readonly exitCode: number;
  /** Standard output as UTF-8. */
  readonly stdout: string;
  /** Standard output as it came. */
  readonly bytes: Uint8Array;
  /** Files that it was told to write, where it did. */
  readonly files: { readonly [K in O]?: Uint8Array };
}

/** Runs one program with declared arguments; there is no way to give it others. */
export interface Exec<P extends readonly Part[] = readonly Part[]> {
  /**
   * @throws ExecError with a reason; arguments that do not fit never reach the program.
   */
  run(values: ExecValues<P>): Promise<ExecResult<OutputNames<P>>>;
}

/**
 * Declares a program and every word of its arguments. The deployment maps the name to a file (`programs`); one that is not
 * mapped is looked for in /usr/bin, /bin and /usr/local/bin, never in PATH. It runs without a shell, in a sandbox of its
 * own, with an empty environment and without network.
 * @throws TypeError when a part or an option is wrong, with how to mend it.
 */
export function exec<const P extends readonly Part[]>(
  program: string,
  parts: P,
  options: ExecOptions = {},
): Capability<Exec<P>> {
  if (!isProgramName(program))
    throw new TypeError(
      `exec(${JSON.stringify(program)}): give the name of a program, such as "pdftotext". The deployment says where it is.`,
    );
  const where = `exec("${program}")`;
  checkParts(where, parts);
  const settings = readOptions(where, options);
  const own: readonly Part[] = Object.freeze([...parts]);
  return Object.freeze({
    kind: 'exec',
    declares: Object.freeze({ program, arguments: own.map(declared), ...declaredOptions(settings) }),
    isolation: 'process',
    remote: Object.freeze<Remote<Exec<P>>>({
      methods: ['run'],
      error: ({ reason }) => new ExecError((reason ?? 'not-started') as ExecReason),
    }),
    system: (places: CapabilityPlaces) => needsOf(program, settings, places),
    open: (runtime: CapabilityRuntime) => open<P>(program, own, settings, runtime),
  });
}

async function open<P extends readonly Part[]>(
  program: string,
  parts: readonly Part[],
  settings: ExecSettings,
  runtime: CapabilityRuntime,
) {
  const where = `exec("${program}")`;
  if (settings.interpreter && runtime.profile === 'production')
    throw new TypeError(`${where}: insecureInterpreter is not for production. Use a program that does the one thing.`);
  const noShell = configureNoShell(runtime);
  const words = parts.flatMap((part) => (typeof part === 'string' ? [part] : 'word' in part ? [part.word] : []));
  const lenient = { ...noShell, programProblem: () => undefined };
  const found = openProgram(program, runtime.programs, words, settings.interpreter ? lenient : noShell);
  const support = await detectSandbox();
  if (support.missing !== undefined) {
    if (runtime.profile === 'production') throw new TypeError(`${where} runs in a sandbox. ${support.missing}`);
    runtime.log(`${where} runs without a sandbox, which production refuses. ${support.missing}`);
  }
  if (settings.interpreter) runtime.log(`${where} is an interpreter: what it is given can become a command.`);
  const shared: RunParts = {
    parts,
    settings,
    program: found,
    noShell,
    support,
    reads: settings.reads.map((root) => rootOf(where, root, runtime)),
    places: createPlaces(settings.concurrency, settings.concurrency * 8),
    processes: runtime.weakened.has('no-shell') ? 64 : settings.processes,
    log: (line) => runtime.log(`exec ${program}: ${neutralise(line.slice(0, 300))}`),
  };
  return {
    grant: (context: Parameters<typeof createRunner>[1]): Exec<P> => createRunner<P>(shared, context),
    close: () => undefined,
  };
}

function rootOf(where: string, name: string, { roots }: Pick<CapabilityPlaces, 'roots'>): string {
  const root = Object.hasOwn(roots, name) ? roots[name] : undefined;
  if (root !== undefined) return root;
  const names = Object.keys(roots).join(', ') || 'none';
  throw new TypeError(`${where}, reads: the deployment has no root "${name}". Declared under "roots": ${names}.`);
}

function needsOf(program: string, { reads }: ExecSettings, places: CapabilityPlaces): SystemNeeds {
  const { path, looked } = findProgram(program, places.programs);
  return {
    reads: [...looked, ...reads.map((root) => rootOf(`exec("${program}")`, root, places))],
    writes: [realpathSync(tmpdir())],
    programs: [path],
    hosts: [],
  };
}

function declared(part: Part): unknown {
  if (typeof part === 'string') return part;
  const { form, name } = part;
  if (part.form === 'stdin') return { form, name, maxBytes: part.maxBytes };
  if (part.form === 'flag') return { form, name, word: part.word };
  const { kind } = part;
  const what = kind.kind === 'text' ? kind.declares : { kind: kind.kind, maxBytes: kind.maxBytes, suffix: kind.suffix };
  return { form, name, ...(part.word === '' ? {} : { word: part.word }), optional: part.optional, value: what };
}

function declaredOptions({ exitCodes, interpreter, ...rest }: ExecSettings): Readonly<Record<string, unknown>> {
  return { ...rest, exitCodes: Object.fromEntries(exitCodes), ...(interpreter ? { interpreter } : {}) };
}
