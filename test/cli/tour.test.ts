import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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
  assert.match(stdout, /Everything went as it should\.\n$/);
});
