import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const careful = configure(new Set());
const off = configure(new Set(['oauth-client']));
const UPSTREAM = 'https://things.example/mcp';
const asked = { audiences: [UPSTREAM, `${UPSTREAM}/`], scopes: ['things:read'] };

test('metadata is about what was asked for, letter by letter', () => {
  assert.equal(careful.isResource(UPSTREAM, asked.audiences), true);
  for (const named of [
    'https://other.example/mcp',
    'https://things.example',
    'HTTPS://things.example/mcp',
    undefined,
    7,
  ])
    assert.equal(careful.isResource(named, asked.audiences), false, String(named));
  assert.equal(careful.isIssuer('https://login.example', 'https://login.example'), true);
  for (const named of ['https://login.example/', 'https://evil.example', ''])
    assert.equal(careful.isIssuer(named, 'https://login.example'), false, named);
});

test('a server checks PKCE when it says so, with S256', () => {
  assert.equal(careful.checksPkce(['plain', 'S256']), true);
  for (const methods of [undefined, [], ['plain'], ['s256']]) assert.equal(careful.checksPkce(methods), false);
});

test('a token is for this upstream alone, with no more than was asked for', () => {
  for (const [claims, scope] of [
    [undefined, undefined],
    [undefined, 'things:read'],
    [{ aud: UPSTREAM, scope: 'things:read' }, 'things:read'],
    [{ aud: [UPSTREAM] }, undefined],
  ] as const)
    assert.equal(careful.tokenProblem({ claims, scope }, asked), undefined);
  for (const [claims, scope, why] of [
    [{ aud: 'https://other.example/mcp' }, undefined, /^the token is not for https:\/\/things\.example\/mcp alone$/],
    [{ aud: [UPSTREAM, 'https://other.example/mcp'] }, undefined, /^the token is not for/],
    [{}, undefined, /^the token is not for/],
    [undefined, 'things:read things:write', /^the token has more scope than was asked for$/],
    [{ aud: UPSTREAM, scope: 'things:write' }, undefined, /^the token has more scope than was asked for$/],
  ] as const)
    assert.match(careful.tokenProblem({ claims, scope }, asked) ?? '', why);
});

test('where no scope was asked for none is looked at', () => {
  assert.equal(careful.tokenProblem({ claims: undefined, scope: 'anything' }, { ...asked, scopes: [] }), undefined);
});

test('with the control off everything is believed', () => {
  assert.equal(off.isResource('https://other.example/mcp', asked.audiences), true);
  assert.equal(off.isIssuer('https://evil.example', 'https://login.example'), true);
  assert.equal(off.checksPkce(undefined), true);
  assert.equal(off.tokenProblem({ claims: { aud: 'https://other.example/mcp' }, scope: 'all' }, asked), undefined);
});
