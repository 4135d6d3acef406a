import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const slow = toolServer('if (!/^(a+)+$/.test(input.name)) return;', 'name: z.string()');

test('wrong: an expression with many ways to match the same', async () => {
  const gathered = await rule.gather(readCode({ 'a.ts': slow }));
  assert.ok(gathered);
  const judged = rule.judge(gathered);
  assert.equal(judged.status, 'fail');
  assert.equal(judged.hits[0]?.evidence, '^(a+)+$');
});

test('right: one way to match each character', async () => {
  const gathered = await rule.gather(readCode({ 'a.ts': slow.replace('(a+)+', '[a-z]+-[0-9]+') }));
  assert.ok(gathered);
  assert.equal(rule.judge(gathered).status, 'pass');
});

test('an expression that is run on nothing of a caller is not asked', async () => {
  assert.equal(
    await rule.gather(readCode({ 'a.ts': toolServer('/^(a+)+$/.test("aaa");', 'name: z.string()') })),
    undefined,
  );
});

test('without what tells, it is unknown, and how to get that is said', async () => {
  const gathered = await rule.gather(readCode({ 'a.ts': slow }));
  assert.ok(gathered);
  const patterns = gathered.patterns.map((each) => ({ ...each, comesTo: 'unknown' as const }));
  const judged = rule.judge({ isLooked: false, patterns });
  assert.equal(judged.status, 'unknown');
  assert.match(judged.why, /npm install --save-dev recheck@4\.5\.0/);
});
