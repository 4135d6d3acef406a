import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'read without a check': `import jwt from 'jsonwebtoken';\nexport const who = (token) => jwt.decode(token).sub;`,
  'read by jose': `import { decodeJwt } from 'jose';\nexport const who = (token) => decodeJwt(token).sub;`,
};
const right: Readonly<Record<string, string>> = {
  verified: `import jwt from 'jsonwebtoken';\nexport const who = (token) => jwt.verify(token, key, { audience: 'a', issuer: 'b' }).sub;`,
  'read to choose the issuer': `import { decodeJwt, jwtVerify } from 'jose';\nexport const who = (token) => jwtVerify(token, keysOf(decodeJwt(token).iss));`,
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
