import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSecretFile, textOf } from './secret-file.ts';

const isRoot = process.geteuid?.() === 0;
const [USER, GROUP] = [65_534, 54_321];

test('rights are judged as the server that reads has them', { skip: !isRoot && 'needs root' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-rights-'));
  chmodSync(folder, 0o755);
  const groups = process.getgroups?.() ?? [];
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const make = (name: string, mode: number, owner: number, group: number): string => {
    const path = join(folder, name);
    writeFileSync(path, 'a-value-in-a-file');
    chownSync(path, owner, group);
    chmodSync(path, mode);
    return path;
  };
  const cases = [
    ['own', 0o600, USER, GROUP, true],
    ['own-read-only', 0o400, USER, GROUP, true],
    // As Kubernetes mounts secrets for a pod with an fsGroup.
    ['of-root-for-our-group', 0o440, 0, GROUP, true],
    ['of-root-for-writers-of-our-group', 0o460, 0, GROUP, false],
    ['own-for-the-group', 0o640, USER, GROUP, false],
    ['own-for-everyone', 0o604, USER, GROUP, false],
    ['of-root-for-everyone', 0o444, 0, GROUP, false],
    ['of-another', 0o644, 1, GROUP, false],
  ] as const;
  const made = cases.map(([name, mode, owner, group, allowed]) => [make(name, mode, owner, group), allowed] as const);
  const outcomes: unknown[] = [];
  try {
    process.setgroups?.([GROUP]);
    process.seteuid?.(USER);
    for (const [path] of made) outcomes.push(await readSecretFile(path, 'production').catch((error: unknown) => error));
  } finally {
    process.seteuid?.(0);
    process.setgroups?.(groups);
  }
  for (const [index, [path, allowed]] of made.entries()) {
    const outcome = outcomes[index];
    assert.equal(!(outcome instanceof Error), allowed, path);
    if (outcome instanceof Error) assert.match(outcome.message, /can be read by others|belongs to another user/, path);
  }
});

test('one line ending at the end of a text is dropped, and nothing else', () => {
  for (const [text, expected] of [
    ['a\n', 'a'],
    ['a\r\n', 'a'],
    ['a\n\n', 'a\n'],
    [' a ', ' a '],
    ['\ufeffa', 'a'],
    ['a', 'a'],
    ['', ''],
  ] as const)
    assert.equal(textOf(Buffer.from(text), 'x'), expected);
  assert.throws(() => textOf(Buffer.from([0xc3, 0x28]), 'the file'), { message: 'the file is no UTF-8 text' });
});
