import type { NoShell } from '../../controls/no-shell/control.ts';
import { createProfile, type SandboxProfile } from '../../sandbox/profile.ts';
import { runSandboxed, type RunResult } from '../../sandbox/run.ts';
import type { SandboxSupport } from '../../sandbox/support.ts';
import type { CapabilityContext } from '../capability.ts';
import { planRun, type Plan } from './arguments.ts';
import { ExecError } from './error.ts';
import type { Exec, ExecResult } from './exec.ts';
import { createFolder, type RunFolder } from './folder.ts';
import type { ExecSettings } from './options.ts';
import type { Places } from './places.ts';
import type { Program } from './program.ts';
import type { ExecValues, OutputNames, Part } from './schema.ts';

/** What all runs of one declared program share. */
export interface RunParts {
  readonly parts: readonly Part[];
  readonly settings: ExecSettings;
  readonly program: Program;
  readonly noShell: NoShell;
  readonly support: SandboxSupport;
  /** Absolute folders that the program may read beside the system's. */
  readonly reads: readonly string[];
  readonly places: Places;
  readonly processes: number;
  readonly log: (line: string) => void;
}

const MOST_ERROR_BYTES = 4096;
const MIB = 1024 * 1024;
const ENVIRONMENT = Object.freeze({ LANG: 'C.UTF-8', PATH: '' });

/** What one call gets. Every run of it ends with the call. */
export function createRunner<P extends readonly Part[]>(shared: RunParts, context: CapabilityContext): Exec<P> {
  const ended = new AbortController();
  let deferred = false;
  return Object.freeze({
    async run(values: ExecValues<P>): Promise<ExecResult<OutputNames<P>>> {
      if (!deferred) {
        deferred = true;
        context.defer(() => ended.abort());
      }
      const signal = AbortSignal.any([context.signal, ended.signal]);
      const leave = await shared.places.take(signal);
      if (leave === undefined) throw new ExecError(signal.aborted ? 'cancelled' : 'busy');
      const began = performance.now();
      try {
        context.meter?.spend('processes', 1);
        return await runOnce(shared, values, signal);
      } finally {
        leave();
        // A program that runs is taken for one that computes.
        context.meter?.take('cpuMs', performance.now() - began);
      }
    },
  });
}

async function runOnce<O extends string>(
  shared: RunParts,
  values: unknown,
  signal: AbortSignal,
): Promise<ExecResult<O>> {
  const { parts, noShell, program, support, settings, log } = shared;
  const folder = await createFolder();
  try {
    const plan = planRun(parts, values, folder.path, noShell);
    for (const { file, bytes } of plan.inputs) await folder.write(file, bytes);
    if (!program.isUnchanged()) {
      log(`${program.path} has changed since the start: it is not run. Restart if that is meant.`);
      throw new ExecError('changed');
    }
    const { file, args } = noShell.command(program.path, plan.words);
    const result = await runSandboxed(support, profileOf(shared, folder, plan), file, args, {
      timeoutMs: settings.timeoutMs,
      signal,
      maxOutputBytes: settings.maxOutputBytes,
      maxErrorBytes: MOST_ERROR_BYTES,
      handOver: [folder.path],
      ...(plan.stdin === undefined ? {} : { input: plan.stdin }),
    }).catch((error: unknown) => {
      log(error instanceof Error ? error.message : 'could not be started');
      throw new ExecError('not-started');
    });
    return await readResult<O>(shared, result, plan, folder);
  } finally {
    await folder.remove().catch(() => log(`${folder.path} could not be removed`));
  }
}

function profileOf({ program, reads, settings, processes }: RunParts, folder: RunFolder, plan: Plan): SandboxProfile {
  return createProfile({
    reads,
    writes: [folder.path],
    programs: [program.path],
    workingDirectory: folder.path,
    environment: ENVIRONMENT,
    limits: {
      cpuSeconds: Math.max(1, Math.ceil(settings.timeoutMs / 1000)),
      memoryBytes: settings.maxMemoryBytes,
      // The kernel lets a file grow to this: one byte more than any that is taken shows that it is too large.
      fileBytes: Math.max(MIB, ...plan.outputs.map(({ maxBytes }) => maxBytes + 1)),
      processes,
    },
  });
}

async function readResult<O extends string>(
  { settings, log }: RunParts,
  { code, signal, killed, stdout, stderr }: RunResult,
  plan: Plan,
  folder: RunFolder,
): Promise<ExecResult<O>> {
  if (killed === 'timeout') throw new ExecError('timeout');
  if (killed === 'abort') throw new ExecError('cancelled');
  if (killed === 'output') throw new ExecError('too-large');
  const said = stderr.toString('utf8').trim();
  if (code === undefined) {
    log(`ended by ${signal ?? 'a signal'}. ${said}`);
    throw new ExecError('signal');
  }
  const outcome = settings.exitCodes.get(code);
  if (outcome === undefined) {
    log(`ended with code ${code}. ${said}`);
    throw new ExecError('exit', { exitCode: code });
  }
  const files: Record<string, Uint8Array> = {};
  for (const planned of plan.outputs) {
    const bytes = await folder.read(planned);
    if (bytes !== undefined) files[planned.parameter] = bytes;
  }
  return {
    outcome,
    exitCode: code,
    stdout: stdout.toString('utf8'),
    bytes: new Uint8Array(stdout.buffer, stdout.byteOffset, stdout.byteLength),
    files: files as ExecResult<O>['files'],
  };
}
