import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure, type Exchanged } from './control.ts';

const check = configure(new Set());
const UPSTREAM = 'https://things.example/mcp';
const wanted = {
  subjectToken: 'callers-own',
  audiences: [UPSTREAM],
  scopes: ['things:read', 'things:list'],
  actor: 'gateway',
  subject: 'ann',
};
const claims = { aud: UPSTREAM, scope: 'things:read', sub: 'ann', act: { sub: 'gateway' } };
const given = (more: object = {}, scope?: string): Exchanged => ({
  token: 'exchanged',
  claims: { ...claims, ...more },
  scope,
});

test('a token for this upstream, within the scope, about the caller and with the gateway as actor is sent', () => {
  assert.equal(check(given(), wanted), undefined);
  assert.equal(check(given({ aud: [UPSTREAM] }, 'things:list'), wanted), undefined);
  assert.equal(check(given({ sub: 'somebody' }), { ...wanted, subject: undefined }), undefined);
});

test('any other is not', () => {
  for (const [bad, why] of [
    [{ ...given(), token: 'callers-own' }, /^the exchange gave back what it was given$/],
    [{ ...given(), claims: undefined }, /^the token cannot be read/],
    [given({ aud: 'https://other.example/mcp' }), /^the token is not for https:\/\/things\.example\/mcp alone$/],
    [given({ aud: [UPSTREAM, 'https://other.example/mcp'] }), /^the token is not for/],
    [given({ aud: undefined }), /^the token is not for/],
    [given({ scope: undefined }), /^the token does not show its scope$/],
    [given({ scope: 'things:read things:write' }), /^the token has more scope than was asked for$/],
    [given({}, 'things:read things:write'), /^the token has more scope than was asked for$/],
    [given({ act: undefined }), /^the token does not show the gateway as its actor$/],
    [given({ act: { sub: 'agent' } }), /^the token does not show the gateway as its actor$/],
    [given({ act: 'gateway' }), /^the token does not show the gateway as its actor$/],
    [given({ sub: 'bob' }), /^the token is about somebody else$/],
    [given({ sub: undefined }), /^the token is about somebody else$/],
  ] as const)
    assert.match(check(bad, wanted) ?? '', why);
});

test('with the control off any token is sent', () => {
  assert.equal(
    configure(new Set(['token-exchange']))({ token: 'callers-own', claims: undefined, scope: 'all' }, wanted),
    undefined,
  );
});
