import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'an agent': `import https from 'node:https';\nexport const agent = new https.Agent({ rejectUnauthorized: false });`,
  'the whole process': `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';`,
};
const right: Readonly<Record<string, string>> = {
  'an authority of its own': `import https from 'node:https';\nexport const agent = new https.Agent({ ca, rejectUnauthorized: true });`,
  'a name alone': `export const names = ['rejectUnauthorized'];`,
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
