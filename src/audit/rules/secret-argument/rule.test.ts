import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

test('wrong: a key, a phrase or a password in a schema', () => {
  const judged = judgeCode(rule, toolServer('', 'to: z.string(), private_key: z.string().min(64)'));
  assert.equal(judged?.status, 'fail');
  assert.equal(judged.hits[0]?.confidence, 'high');
  assert.equal(judgeCode(rule, toolServer('', 'password: z.string()'))?.hits[0]?.confidence, 'medium');
  const listed = `${toolServer('', 'to: z.string()')}
const TOOLS = [{ name: 'sign', inputSchema: { type: 'object', properties: { seedPhrase: { type: 'string' } } } }];
server.tool('login', 'Signs in', { clientSecret: z.string() }, async () => ({ content: [] }));`;
  assert.equal(judgeCode(rule, listed)?.hits.length, 2);
});

test('right: a name of a secret, a public key, and a secret that is no argument', () => {
  assert.equal(judgeCode(rule, toolServer('', 'secretName: z.string(), publicKey: z.string()'))?.status, 'pass');
  const config = 'const pool = connect({ password: read(), parameters: { password: 1 } });';
  assert.equal(judgeCode(rule, toolServer(config, 'to: z.string()'))?.status, 'pass');
  assert.equal(judgeCode(rule, 'export const inputSchema = { password: z.string() };'), undefined);
});
