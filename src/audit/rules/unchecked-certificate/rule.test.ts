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

const onDemand: Readonly<Record<string, string>> = {
  'a condition': `export function open(options, skipVerify) {\n  if (skipVerify) options.tls.rejectUnauthorized = false;\n  return connect(options);\n}`,
  'a variable of the environment': `export const agent = process.env.API_INSECURE === 'yes' ? new Agent({ rejectUnauthorized: false }) : new Agent();`,
  'a class that says so': `export class InsecureAgent { open() { return new Agent({ rejectUnauthorized: false }); } }`,
};

for (const [name, text] of Object.entries(onDemand))
  test(`for those who ask for it, by ${name}, it weighs less`, () => {
    const [hit] = judgeCode(rule, text)?.hits ?? [];
    assert.deepEqual([hit?.severity, hit?.confidence], ['medium', 'medium']);
  });

test('a condition that asks for something else weighs nothing', () => {
  const judged = judgeCode(
    rule,
    `export const agent = url.startsWith('https:') ? new Agent({ rejectUnauthorized: false }) : new Agent();`,
  );
  assert.deepEqual([judged?.hits[0]?.severity, judged?.hits[0]?.confidence], [undefined, 'high']);
});
