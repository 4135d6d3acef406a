import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const exact = configure(new Set());
const off = configure(new Set(['exact-versions']));

test('a version has three numbers, and nothing else is one', () => {
  for (const version of ['1.2.3', '2026.8.31', '1.2.3-beta.1']) assert.equal(exact.versionProblem(version), undefined);
  for (const version of [
    '',
    'latest',
    'next',
    '^1.2.3',
    '~1.2.3',
    '1.2',
    '1.x',
    '*',
    '>=1.2.3',
    '1.2.3 || 2.0.0',
    'v1.2.3',
  ])
    assert.equal(exact.versionProblem(version), 'a tag or a range can become other code', version);
});

test('what fetches at its start is no upstream', () => {
  for (const program of [
    '/usr/bin/npx',
    '/usr/lib/node_modules/npm/bin/npx-cli.js',
    '/opt/uvx',
    '/usr/bin/docker',
    'C:/x/npx.cmd',
  ])
    assert.match(exact.programProblem(program) ?? '', /decides at each start what it runs$/, program);
  for (const program of ['/usr/bin/node', '/opt/server/npx-like', '/usr/bin/python3'])
    assert.equal(exact.programProblem(program), undefined, program);
});

test('what is here is what was pinned, or is another thing', () => {
  const pinned = { source: '/opt/server', integrity: 'digest' };
  assert.equal(exact.isSame(pinned, { ...pinned }), true);
  assert.equal(exact.isSame(pinned, { ...pinned, integrity: 'other' }), false);
  assert.equal(exact.isSame(pinned, { ...pinned, source: '/opt/other' }), false);
});

test('with the control off anything is taken', () => {
  assert.equal(off.versionProblem('latest'), undefined);
  assert.equal(off.programProblem('/usr/bin/npx'), undefined);
  assert.equal(off.isSame({ source: 'a', integrity: 'b' }, { source: 'c', integrity: 'd' }), true);
});
