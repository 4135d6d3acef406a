import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCall, createRuntime } from '../../../test/support/runtime.ts';
import { detectSandbox } from '../../sandbox/support.ts';
import { ExecError } from './error.ts';
import { exec } from './exec.ts';
import { arg } from './schema.ts';

const { missing } = await detectSandbox();

test('a sandbox that cannot be made is a failure, never the answer that its exit code would be', {
  skip: missing === undefined ? false : 'needs the Debian package bubblewrap',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'not-made-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const docs = join(folder, 'docs');
  mkdirSync(docs);
  writeFileSync(join(docs, 'a.txt'), 'a needle\n');
  const lines: string[] = [];
  const parts = ['-r', '-e', arg.positional('word', arg.pattern('^[a-z]{1,20}$')), docs] as const;
  // Exit code 1 is grep's word for no match, and bubblewrap's for all that goes wrong with it.
  const handle = await exec('grep', parts, { reads: ['docs'], exitCodes: { 0: 'found', 1: 'nothing' } }).open(
    createRuntime({ roots: { docs }, log: (line) => void lines.push(line) }),
  );
  const search = (word: string) => handle.grant(createCall()).run({ word });
  assert.equal((await search('needle')).outcome, 'found');
  assert.equal((await search('straw')).outcome, 'nothing');
  rmSync(docs, { recursive: true });
  await assert.rejects(search('needle'), (error) => error instanceof ExecError && error.reason === 'not-started');
  assert.match(lines.join('\n'), /the sandbox could not be made: bwrap: Can't find source path/);
});
