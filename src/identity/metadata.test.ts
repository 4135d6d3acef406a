import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { challenge, metadataPaths, protectedResourceMetadata } from './metadata.ts';

const OPTIONS = {
  resource: 'https://mcp.example.com/mcp',
  authorizationServers: ['https://as.example.com'],
  scopes: ['notes:read'],
};
const METADATA_URL = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

test('the metadata document holds what RFC 9728 asks for and no more', () => {
  assert.deepEqual(protectedResourceMetadata(OPTIONS), {
    resource: 'https://mcp.example.com/mcp',
    authorization_servers: ['https://as.example.com'],
    scopes_supported: ['notes:read'],
    bearer_methods_supported: ['header'],
  });
  assert.deepEqual(
    protectedResourceMetadata({ ...OPTIONS, scopes: [], name: 'Notes', documentation: 'https://example.com/docs' }),
    {
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://as.example.com'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
      resource_documentation: 'https://example.com/docs',
    },
  );
});

test('metadata options at fault throw', () => {
  for (const [fault, message] of [
    [{ authorizationServers: [] }, /at least one/],
    [{ authorizationServers: ['http://as.example.com'] }, /https/],
    [{ authorizationServers: ['as.example.com'] }, /https/],
    [{ scopes: ['offline_access'] }, /offline_access/],
    [{ scopes: ['notes:*'] }, /wildcard/],
    [{ resource: 'http://mcp.example.com/mcp' }, /https/],
    [{ documentation: 'javascript:alert(1)' }, /documentation/],
    [{ title: 'x' }, /unknown option "title"/],
  ] as const) {
    assert.throws(() => protectedResourceMetadata({ ...OPTIONS, ...fault }), { name: 'TypeError', message });
  }
});

test('the well-known paths of a resource', () => {
  const root = '/.well-known/oauth-protected-resource';
  assert.deepEqual(metadataPaths('https://mcp.example.com'), {
    root,
    inserted: root,
    url: 'https://mcp.example.com/.well-known/oauth-protected-resource',
  });
  assert.deepEqual(metadataPaths('http://127.0.0.1:3000/a/mcp'), {
    root,
    inserted: '/.well-known/oauth-protected-resource/a/mcp',
    url: 'http://127.0.0.1:3000/.well-known/oauth-protected-resource/a/mcp',
  });
});

test('a challenge names the error only when a token was presented', () => {
  const options = { metadataUrl: METADATA_URL, scopes: ['notes:read', 'notes:write'] };
  const tail = `resource_metadata="${METADATA_URL}"`;
  assert.equal(
    challenge({ pass: false, code: 'TOKEN_MISSING' }, options),
    `Bearer scope="notes:read notes:write", ${tail}`,
  );
  assert.equal(
    challenge({ pass: false, code: 'TOKEN_INVALID', detail: 'secret' }, { ...options, realm: 'notes', scopes: [] }),
    `Bearer realm="notes", error="invalid_token", error_description="The access token is not valid for this server.", ${tail}`,
  );
  assert.equal(
    challenge({ pass: false, code: 'TOKEN_EXPIRED' }, { ...options, scopes: [] }),
    `Bearer error="invalid_token", error_description="The access token has expired.", ${tail}`,
  );
  assert.equal(
    challenge({ pass: false, code: 'SCOPE_INSUFFICIENT', scopes: ['notes:write', 'offline_access'] }, options),
    `Bearer error="insufficient_scope", error_description="The access token lacks a scope that this operation needs.", scope="notes:write", ${tail}`,
  );
  assert.equal(
    challenge({ pass: false, code: 'TOKEN_IN_URL' }, { ...options, scopes: [] }),
    `Bearer error="invalid_request", error_description="Access tokens are accepted in the Authorization header only.", ${tail}`,
  );
  assert.equal(challenge({ pass: false, code: 'FORBIDDEN' }, options), undefined);
  assert.equal(challenge({ pass: false, code: 'RATE_LIMITED' }, options), undefined);
});

test('quotes, backslashes and line ends in a realm are made safe', () => {
  assert.equal(
    challenge(
      { pass: false, code: 'TOKEN_MISSING' },
      { metadataUrl: METADATA_URL, realm: 'a"b\\c\r\nd', scopes: ['x" y'] },
    ),
    `Bearer realm="a\\"b\\\\c??d", resource_metadata="${METADATA_URL}"`,
  );
});

test('nothing in a challenge can end its string or the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (realm, scope) => {
      const value = challenge(
        { pass: false, code: 'TOKEN_MISSING' },
        { metadataUrl: METADATA_URL, realm, scopes: [scope] },
      );
      assert.match(
        value ?? '',
        /^Bearer realm="(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*", (?:scope="[\x21\x23-\x5b\x5d-\x7e]+", )?resource_metadata="[^"\\]+"$/,
      );
    }),
  );
});
