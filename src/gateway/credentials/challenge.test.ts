import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChallenge, scopesIn } from './challenge.ts';

test('the Bearer challenge among others is read, with quoted and bare values', () => {
  const metadata = 'https://things.example/.well-known/oauth-protected-resource/mcp';
  const header = `Basic realm="a, Bearer b", Bearer error=insufficient_scope, scope="a:read b:\\write" , resource_metadata="${metadata}", DPoP algs="ES256", error="other"`;
  assert.deepEqual(readChallenge(header), {
    error: 'insufficient_scope',
    scopes: ['a:read', 'b:write'],
    metadata,
  });
  assert.deepEqual(readChallenge('bearer'), { error: undefined, scopes: [], metadata: undefined });
});

test('no challenge comes of any other text', () => {
  for (const header of [undefined, '', 'Basic realm="x"', '"Bearer"', '=Bearer', `Bearer scope="${'x'.repeat(9000)}"`])
    assert.equal(readChallenge(header), undefined);
  assert.deepEqual(readChallenge('Bearer scope="unended'), { error: undefined, scopes: [], metadata: undefined });
});

test('scopes of a stranger are words, each once, and few', () => {
  assert.deepEqual(scopesIn(['a', 'a', 'b c', '"', 3, '', '\u00e9']), ['a']);
  assert.equal(scopesIn(Array.from({ length: 500 }, (_, at) => `s${at}`)).length, 64);
  assert.deepEqual(scopesIn('a'), []);
});
