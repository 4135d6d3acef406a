import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuthenticatorOptions, createAuthenticator } from './authenticator.ts';

test('options at fault throw and name themselves', () => {
  const good = { issuer: 'https://as.example' };
  const cases: readonly [Record<string, unknown>, RegExp][] = [
    [{ issuers: [] }, /issuers/],
    [{ issuers: [good, good] }, /once/],
    [{ resource: 'http://mcp.example.com' }, /https/],
    [{ resource: 'https://MCP.example.com/mcp' }, /canonical form, "https:\/\/mcp\.example\.com\/mcp"/],
    [{ resource: 'https://mcp.example.com/' }, /canonical form, "https:\/\/mcp\.example\.com"/],
    [{ resource: 'https://mcp.example.com/mcp#x' }, /fragment/],
    [{ resource: 'https://mcp.example.com/mcp?x' }, /query/],
    [{ resource: 'https://a:b@mcp.example.com/mcp' }, /credentials/],
    [{ resource: 'mcp.example.com' }, /not a URL/],
    [{ clockSkewSeconds: 61 }, /clockSkewSeconds/],
    [{ clockSkewSeconds: -1 }, /clockSkewSeconds/],
    [{ cacheSize: 1.5 }, /cacheSize/],
    [{ clockSkew: 5 }, /unknown option "clockSkew"; did you mean "clockSkewSeconds"/],
    [{ hierarchy: { 'a:b': ['c:d'], 'c:d': ['a:b'] } }, /cycle: a:b -> c:d -> a:b/],
    [{ hierarchy: { '*': ['a:b'] } }, /wildcard/],
    [{ issuers: [{ issuer: 'http://as.example' }] }, /issuer identifier/],
    [{ issuers: [{ issuer: 'https://as.example?x' }] }, /issuer identifier/],
    [{ issuers: [{ ...good, algorithms: ['HS256'] }] }, /"HS256" is refused/],
    [{ issuers: [{ ...good, algorithms: ['none'] }] }, /"none" is refused/],
    [{ issuers: [{ ...good, algorithms: [] }] }, /algorithms/],
    [{ issuers: [{ ...good, types: [] }] }, /types/],
    [{ issuers: [{ ...good, audience: 'x' }] }, /"audience" is not an option/],
    [{ issuers: [{ ...good, maxTokenAge: 60 }] }, /did you mean "maxTokenAgeSeconds"/],
    [{ issuers: [{ ...good, maxTokenAgeSeconds: 3601 }] }, /maxTokenAgeSeconds/],
    [{ issuers: [{ ...good, maxTokenAgeSeconds: 0 }] }, /maxTokenAgeSeconds/],
    [{ issuers: [{ ...good, jwksUri: 'http://as.example/jwks' }] }, /jwksUri/],
    [{ issuers: [{ ...good, clientClaim: '' }] }, /clientClaim/],
  ];
  for (const [fault, message] of cases) {
    const options = {
      resource: 'https://mcp.example.com/mcp',
      issuers: [good],
      ...fault,
    } as unknown as AuthenticatorOptions;
    assert.throws(() => createAuthenticator(options), { name: 'TypeError', message });
  }
});
