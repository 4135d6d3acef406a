import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'sent on':
    "await fetch('https://api.example.com/', { headers: { Authorization: extra.requestInfo.headers.authorization } });",
  'sent on in a template':
    'await fetch("https://api.example.com/", { headers: { Authorization: `Bearer ${extra.authInfo.token}` } });',
  logged: 'console.error("token", extra.authInfo.token);',
};
const right: Readonly<Record<string, string>> = {
  'a token of the server':
    "await fetch('https://api.example.com/', { headers: { Authorization: `Bearer ${process.env.API_TOKEN}` } });",
  'who it is for': 'console.error("client", extra.authInfo.clientId);',
};
const server = (body: string): string =>
  toolServer(body, 'name: z.string()').replace('async (input)', 'async (input, extra)');

for (const [name, body] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    assert.equal(judgeCode(rule, server(body))?.status, 'fail');
  });

for (const [name, body] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, server(body))?.status, 'pass');
  });
