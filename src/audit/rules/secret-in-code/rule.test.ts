import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const TOKEN = `ghp_${'Ab3dE6gH9jK2'.repeat(3)}`;

test('wrong: a token, told by its kind alone', () => {
  const judged = judgeCode(rule, `const github = { token: '${TOKEN}' };`);
  assert.equal(judged?.status, 'fail');
  assert.equal(judged.hits[0]?.message, 'The code holds a GitHub token');
  assert.equal(JSON.stringify(judged).includes(TOKEN), false);
});

test('right: what stands for one', () => {
  const texts = ['your-token-here', '${TOKEN}', 'password', 'Enter your password', 'secret'];
  for (const text of texts)
    assert.equal(judgeCode(rule, `export const password = ${JSON.stringify(text)};`)?.status, 'pass');
});
