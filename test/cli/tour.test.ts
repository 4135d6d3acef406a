import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

const missing = ['bwrap', 'pdftotext'].filter((program) => !existsSync(`/usr/bin/${program}`));

test('the tour of the help desk finds everything as it should be', {
  skip: missing.length > 0 && 'needs the Debian packages bubblewrap and poppler-utils',
}, () => {
  const tour = fileURLToPath(new URL('../../examples/desk/tour.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [tour], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  for (const [attack, code] of [
    ['a path out of the folder', 'TOOL_FAILED'],
    ['a redirect to an address inside', 'TOOL_FAILED'],
    ['and an option is none', 'TOOL_FAILED'],
    ['... and the model obeys', 'FLOW_REFUSED'],
    ["alice takes bob's approval", 'STATE_INVALID'],
    ['another amount under it', 'STATE_INVALID'],
    ['and again', 'STATE_INVALID'],
    ['a critical call has no yes in the chat', 'APPROVAL_REQUIRED'],
  ] as const) {
    assert.match(
      stdout,
      new RegExp(`\\n  ok    [^\\n]*${attack} +${code}\\n[^\\n]+\\n +audit record \\d+: [a-z]+, ${code}`),
    );
  }
  assert.match(stdout, /Everything went as it should\.\n$/);
});
