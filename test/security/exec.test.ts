import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { hasCorpus } from './exec-payloads.ts';

const BATCH = fileURLToPath(new URL('exec-batch.ts', import.meta.url));
const STRACE = '/usr/bin/strace';
const report = z.object({
  payloads: z.number(),
  runs: z.number(),
  refused: z.number(),
  faults: z.array(z.string()),
});

const { missing } = await detectSandbox();
const sandboxed = missing === undefined ? false : 'needs the Debian package bubblewrap';
const traced = existsSync(STRACE) ? sandboxed : 'needs the Debian package strace';

async function run(command: string, args: readonly string[]): Promise<z.infer<typeof report>> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return report.parse(JSON.parse(text));
}

/** What a trace of processes tells. */
interface Trace {
  /** How often each program was started. */
  readonly started: ReadonlyMap<string, number>;
  /** Processes that were made by a process that had become the program. */
  readonly madeByProgram: number;
}

/** Reads a trace of `strace -f -e trace=process`: one line a call, each behind the number of its process. */
function readTrace(text: string, program: string): Trace {
  const started = new Map<string, number>();
  const now = new Map<string, string>();
  let madeByProgram = 0;
  const pending = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, pid = '', call = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const path = /^execve(?:at)?\((?:AT_FDCWD, )?"([^"]*)"/.exec(call)?.[1];
    if (path !== undefined) pending.set(pid, path);
    if (/execve(?:at)?(?:\(| resumed).* = 0$/.test(call)) {
      const became = basename(pending.get(pid) ?? '?');
      now.set(pid, became);
      started.set(became, (started.get(became) ?? 0) + 1);
    }
    if (/^(?:clone3?|v?fork)\(/.test(call) && now.get(pid) === program) madeByProgram += 1;
  }
  return { started, madeByProgram };
}

async function trace(
  args: readonly string[],
): Promise<{ readonly trace: Trace; readonly outcome: z.infer<typeof report> }> {
  const folder = await mkdtemp(join(tmpdir(), 'exec-trace-'));
  try {
    const file = join(folder, 'trace');
    const calls = 'execve,execveat,clone,clone3,fork,vfork';
    const options = ['-f', '--seccomp-bpf', '-qq', '-s', '64', '-e', `trace=${calls}`, '-o', file];
    const outcome = await run(STRACE, [...options, process.execPath, BATCH, ...args]);
    return { outcome, trace: readTrace(await readFile(file, 'utf8'), 'printf') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('every payload, in every kind of parameter, is refused or one word: no second process', {
  skip: traced,
}, async () => {
  const { outcome, trace: seen } = await trace([]);
  assert.deepEqual(outcome.faults, []);
  assert.ok(outcome.payloads > (hasCorpus ? 700 : 200), String(outcome.payloads));
  assert.ok(outcome.runs > 100);
  assert.equal(seen.started.get('printf'), outcome.runs);
  assert.equal(seen.madeByProgram, 0);
  // The batch itself, what makes the sandbox, and what tries it out once: nothing else was started.
  assert.deepEqual(
    [...seen.started.keys()].toSorted(),
    ['bwrap', 'cat', basename(process.execPath), 'printf', 'prlimit'].toSorted(),
  );
});

test('without a tracer: every payload arrives as it is or not at all', { skip: traced === false }, async () => {
  const outcome = await run(process.execPath, [BATCH]);
  assert.deepEqual(outcome.faults, []);
});

test('with the control off the same payloads start commands', { skip: traced }, async () => {
  const { outcome, trace: seen } = await trace(['weakened']);
  assert.ok(outcome.faults.some((fault) => fault.endsWith('the canary is there')));
  assert.ok((seen.started.get('touch') ?? 0) > 10);
  assert.ok((seen.started.get('sh') ?? 0) > 50);
});
