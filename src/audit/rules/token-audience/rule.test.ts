import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'no audience': `import { jwtVerify } from 'jose';\nexport const who = (token) => jwtVerify(token, keys, { issuer: 'https://a' });`,
  'no options': `import jwt from 'jsonwebtoken';\nexport const who = (token) => jwt.verify(token, key);`,
};
const right: Readonly<Record<string, string>> = {
  both: `import { jwtVerify } from 'jose';\nexport const who = (token) => jwtVerify(token, keys, { issuer: 'https://a', audience: 'https://b' });`,
  'options from elsewhere': `import { jwtVerify } from 'jose';\nexport const who = (token, options) => jwtVerify(token, keys, options);`,
  'compared afterwards': `import { jwtVerify } from 'jose';\nexport const who = async (token) => { const { payload } = await jwtVerify(token, keys, { issuer: 'a' }); return payload.aud === 'b'; };`,
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
