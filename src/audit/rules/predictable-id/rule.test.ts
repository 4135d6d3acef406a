import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'an id of a session': toolServer('newSession();', '', 'function newSession() { return Math.random().toString(36); }'),
};
const right: Readonly<Record<string, string>> = {
  'drawn by chance that nobody guesses': toolServer(
    'newSession();',
    '',
    'function newSession() { return crypto.randomUUID(); }',
  ),
  'a delay': toolServer('later();', '', 'function later() { return Math.random() * 100; }'),
};

for (const [name, text] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, text);
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, text] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, text)?.status, 'pass');
  });
