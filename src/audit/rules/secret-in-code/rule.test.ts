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

const KEY = 'Xq7mN2vLk9pRt4wYz8Bc3DfGhJ1sKe5U';
const RIGHT: readonly string[] = [
  "throw new Error('Give a proxy, such as http://user:pass@proxy:8080');",
  "throw new Error('Wrong: it has to look like vault://:key_1234@vault.acme.io/file');",
  "export const sample = 'postgres://postgres:postgres@localhost:5432/db';",
  "export const form = 'mysql://{user}:{password}@{host}/db';",
  `export const SUPABASE_ANON_KEY = '${KEY}';`,
  `export const STRIPE_KEY = 'pk_live_${KEY}';`,
  `export const SEGMENT_WRITE_KEY = '${KEY}';`,
  `initializeApp({ apiKey: 'AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q', authDomain: 'a.firebaseapp.com' });`,
  "if (!text.startsWith('-----BEGIN PRIVATE KEY-----')) throw new TypeError('no key');",
];
const PROSE: readonly string[] = [
  `response.setHeader('WWW-Authenticate', 'Bearer resource_metadata="https://notes.acme.io/.well-known/oauth-protected-resource"');`,
  `export const remedy = 'Answer 401 with WWW-Authenticate: Bearer resource_metadata="...", scope="..." to what has none.';`,
  "export const help = 'Basic authentication-by-password is not offered; send a bearer your-access-token-here.';",
];
const WRONG: readonly string[] = [
  "export const db = 'postgres://app:Tr0ub4dor3x@db.acme.io:5432/app';",
  "export const db = 'postgres://app:Tr0ub4dor3x@localhost/app';",
  "export const db = 'postgres://billing:password@db.acme.io/app';",
  `export const API_KEY = '${KEY}';`,
  `await fetch('https://api.acme.io/v1', { headers: { 'x-forwarded': 'for: me, Bearer ${KEY}' } });`,
  `export const call = 'curl -H "Authorization: Bearer ${KEY}"';`,
  `export const key = '-----BEGIN PRIVATE KEY-----\\n${'MIIEvQIBADANBgkq'.repeat(4)}\\n-----END PRIVATE KEY-----';`,
];

test('right: addresses that show a form, keys that are for everybody, words about a key', () => {
  for (const text of RIGHT) assert.equal(judgeCode(rule, text)?.status, 'pass', text);
});

test('right: a challenge, and sentences in which a scheme is named', () => {
  for (const text of PROSE) assert.equal(judgeCode(rule, text)?.status, 'pass', text);
});

test('wrong: the same with a value that somebody uses', () => {
  for (const text of WRONG) assert.equal(judgeCode(rule, text)?.hits[0]?.confidence, 'high', text);
});

test('a key of Google, of which nothing says whom it is for, weighs less', () => {
  const judged = judgeCode(
    rule,
    "export const url = 'https://maps.acme.io/?key=AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q';",
  );
  assert.deepEqual([judged?.hits[0]?.severity, judged?.hits[0]?.confidence], ['medium', 'medium']);
});
