import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { createProfile } from './profile.ts';
import { runSandboxed } from './run.ts';
import { probeSandbox } from './support.ts';

/** One letter (proc(5)), or that there is no such process. */
function stateOf(pid: number): string {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '?';
  } catch {
    return 'gone';
  }
}

test('without bubblewrap a process in a session of its own holds nothing up either', { timeout: 60_000 }, async () => {
  const support = await probeSandbox([]);
  const result = await runSandboxed(
    support,
    createProfile(),
    process.execPath,
    [
      '-e',
      "require('node:child_process').spawn('/bin/sleep', ['90'], { stdio: 'inherit', detached: true }); process.exit(0)",
    ],
    { timeoutMs: 500, maxOutputBytes: 1_000, maxErrorBytes: 1_000 },
  );
  // What was written may not be whole, so it is no answer.
  assert.equal(result.code, undefined);
});

test('without bubblewrap, too, what a program leaves behind ends with it and holds nothing up', async () => {
  const support = await probeSandbox([]);
  assert.equal(support.tools, undefined);
  const result = await runSandboxed(
    support,
    createProfile(),
    process.execPath,
    [
      '-e',
      "const { pid } = require('node:child_process').spawn('/bin/sleep', ['600'], { stdio: 'inherit' }); console.log(pid); process.exit(0)",
    ],
    { timeoutMs: 300_000, maxOutputBytes: 1_000, maxErrorBytes: 1_000 },
  );
  assert.equal(result.killed, undefined);
  const pid = Number(result.stdout.toString());
  assert.ok(pid > 0, result.stderr.toString());
  // Killed with its run, which ended without waiting for it: it would sleep for longer than a test may last. The kernel
  // ends it in its own time, and the machine's first process may not have collected it yet.
  await eventually(() => ['gone', 'Z'].includes(stateOf(pid)));
});
