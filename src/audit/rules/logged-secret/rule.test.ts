import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'all arguments': toolServer('console.error("called", JSON.stringify(input));', '', '').replace(
    '{ inputSchema: {  } }',
    '{ inputSchema: given }',
  ),
  'a secret of the environment': toolServer('console.error(`key ${process.env.API_KEY}`);', 'name: z.string()'),
};
const right: Readonly<Record<string, string>> = {
  'one argument and the count of all': toolServer(
    'console.error("called", input.name, Object.keys(input).length);',
    'name: z.string()',
  ),
  'the file in which a secret stands': toolServer(
    'console.error(process.env.API_TOKEN_FILE, process.env.CLIENT_SECRETS);',
    'name: z.string()',
  ),
  'whether there is a secret': toolServer(
    'console.error("key", process.env.API_KEY !== undefined);',
    'name: z.string()',
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
