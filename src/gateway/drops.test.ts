import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDrops } from './drops.ts';

test('what is dropped is told of at first and at every tenfold, and summed up at the end', () => {
  const lines: string[] = [];
  const drops = createDrops((line) => void lines.push(line));
  for (let n = 0; n < 123; n++) drops.dropped(n === 9 ? 'the request a\u001B[2Jb' : 'progress of nothing');
  drops.end();
  drops.end();
  assert.deepEqual(lines, [
    'dropped progress of nothing, which belongs to no request: 1 of them so far',
    'dropped the request ab, which belongs to no request: 10 of them so far',
    'dropped progress of nothing, which belongs to no request: 100 of them so far',
    '123 of its messages were dropped in all',
  ]);
});

test('where nothing was dropped nothing is said', () => {
  const lines: string[] = [];
  createDrops((line) => void lines.push(line)).end();
  assert.deepEqual(lines, []);
});
