import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unfitForProduction } from './production.ts';

const url = 'https://mail.example.com/mcp';
const about = { owner: 'ann', purpose: 'Mail.', review: '2027-01-01' };
const issuer = 'https://login.example.com';

test('somebody answers for what production serves', () => {
  assert.match(unfitForProduction({ url }) ?? '', /^nobody answers for it/);
  assert.equal(unfitForProduction({ url, about }), undefined);
});

test('in production no upstream says where users sign in, or what they allow there', () => {
  const scopes = ['mail.read'];
  for (const [credential, named] of [
    [{ kind: 'login' }, /Write the issuer and the scopes of/],
    [{ kind: 'login', issuer }, /Write the scopes of/],
    [{ kind: 'login', scopes }, /Write the issuer of/],
  ] as const)
    assert.match(unfitForProduction({ url, about, credential }) ?? '', named);
  assert.equal(unfitForProduction({ url, about, credential: { kind: 'login', issuer, scopes } }), undefined);
  assert.equal(unfitForProduction({ url, about, credential: { kind: 'secret', secret: 'x' } }), undefined);
});
