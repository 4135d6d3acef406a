import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startIssuer } from './issuer.ts';

test('the test issuer mints tokens that an independent verifier accepts, and rotates its keys', async () => {
  const issuer = await startIssuer({ path: '/tenant1' });
  try {
    const keys = createRemoteJWKSet(new URL(issuer.jwksUri), { cooldownDuration: 0 });
    for (const alg of ['ES256', 'RS256'] as const) {
      const token = await issuer.mint({ sub: 'bob', scope: 'notes:read', aud: 'https://mcp.example/mcp' }, { alg });
      const { payload, protectedHeader } = await jwtVerify(token, keys, { audience: 'https://mcp.example/mcp' });
      assert.equal(payload.sub, 'bob');
      assert.equal(payload['scope'], 'notes:read');
      assert.equal(payload.iss, issuer.issuer);
      assert.equal(protectedHeader.typ, 'at+jwt');
    }
    const old = await issuer.mint();
    await issuer.rotate();
    await jwtVerify(await issuer.mint(), keys);
    await assert.rejects(jwtVerify(old, keys), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await assert.rejects(jwtVerify(await issuer.mint({}, {}, { foreignKey: true }), keys), {
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    issuer.stop();
    await assert.rejects(fetch(issuer.jwksUri));
    issuer.start();
    assert.equal((await fetch(issuer.jwksUri)).status, 200);
  } finally {
    await issuer.close();
  }
});
