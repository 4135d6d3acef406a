import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the tour of the notes example finds everything as it should be', () => {
  const tour = fileURLToPath(new URL('../../examples/notes/tour.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tour], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  for (const code of [
    'SCOPE_INSUFFICIENT',
    'TOKEN_MISSING',
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'OBJECT_FORBIDDEN',
    'HEADER_MISMATCH',
    'ARGUMENTS_INVALID',
  ]) {
    assert.match(stdout, new RegExp(`\\n  ok    [^\\n]* ${code}\\n[^\\n]+\\n +audit record \\d+: [a-z]+, ${code}`));
  }
  // What README.md shows is what it prints, but for ports and ids.
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const shown = readme.slice(readme.indexOf('Sign in and read'), readme.indexOf('Everything went')).split('\n');
  const first = (line: string): string => line.slice(0, 46).replace(/\d+/g, '0').trimEnd();
  assert.deepEqual(shown.map(first), stdout.slice(1, stdout.indexOf('Everything went')).split('\n').map(first));
  assert.match(stdout, /Everything went as it should\.\n$/);
});
