import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'a stack': toolServer(
    "try { work(); } catch (error) { return { content: [{ type: 'text', text: `${error.stack}` }] }; }",
    '',
  ),
  'a token': toolServer(
    "return { content: [{ type: 'text', text: extra.authInfo.token }] };",
    'name: z.string()',
  ).replace('(input)', '(input, extra)'),
};
const right: Readonly<Record<string, string>> = {
  'a short reason': toolServer(
    "try { work(); } catch (error) { console.error(error.stack); return { content: [{ type: 'text', text: 'it failed' }] }; }",
    '',
  ),
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
