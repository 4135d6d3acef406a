import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startIssuer } from '../../prove/issuer.ts';
import { configure } from './control.ts';

const RESOURCE = 'https://server.example/mcp';
const issuer = await startIssuer();
after(() => issuer.close());

async function codeOf(token: string, weakened: readonly string[] = []): Promise<string> {
  const tokens = configure(new Set(weakened), { resource: RESOURCE, issuers: [{ issuer: issuer.issuer }] });
  const verdict = await tokens?.authenticate(`Bearer ${token}`);
  await tokens?.close();
  if (verdict === undefined) return 'nothing';
  return verdict.pass ? 'pass' : verdict.code;
}

test('a good token is its subject', async () => {
  const tokens = configure(new Set(), { resource: RESOURCE, issuers: [{ issuer: issuer.issuer }] });
  const verdict = await tokens?.authenticate(`Bearer ${await issuer.mint({ aud: RESOURCE, scope: 'notes:read' })}`);
  await tokens?.close();
  assert.ok(verdict?.pass === true);
  assert.equal(verdict.principal.subject, 'alice');
  assert.deepEqual([...verdict.principal.scopes], ['notes:read']);
});

test('a token for another server, or for others as well, is refused', async () => {
  for (const aud of [
    'https://server.example',
    `${RESOURCE}/`,
    'https://SERVER.example/mcp',
    [RESOURCE, 'https://b.example'],
  ]) {
    assert.equal(await codeOf(await issuer.mint({ aud })), 'TOKEN_INVALID', String(aud));
  }
  assert.equal(await codeOf(await issuer.mint({ aud: undefined })), 'TOKEN_INVALID');
});

test('a token that somebody else signed is refused', async () => {
  const aud = RESOURCE;
  assert.equal(await codeOf(await issuer.mint({ aud }, {}, { foreignKey: true })), 'TOKEN_INVALID');
  assert.equal(await codeOf(await issuer.mint({ aud }, { alg: 'none' })), 'TOKEN_INVALID');
  assert.equal(await codeOf(await issuer.mint({ aud }, { alg: 'HS256' })), 'TOKEN_INVALID');
});

test('a lapsed token is refused as such', async () => {
  const iat = Math.floor(Date.now() / 1000) - 600;
  assert.equal(await codeOf(await issuer.mint({ aud: RESOURCE, iat, exp: iat + 300 })), 'TOKEN_EXPIRED');
});

test('without an issuer nobody can come in', () => {
  assert.equal(configure(new Set(), { resource: RESOURCE, issuers: [] }), undefined);
});

test('a resource that is no canonical URL stops the server', () => {
  for (const resource of [
    'http://server.example/mcp',
    'https://server.example/mcp?x',
    'https://server.example/mcp#x',
    'mcp',
  ]) {
    const options = { resource, issuers: [{ issuer: issuer.issuer }] };
    assert.throws(() => configure(new Set(), options), TypeError, resource);
  }
});

test('each symbol weakens its own part only', async () => {
  const foreign = await issuer.mint({ aud: RESOURCE }, { alg: 'none' });
  const iat = Math.floor(Date.now() / 1000);
  const long = await issuer.mint({ aud: RESOURCE, iat, exp: iat + 86_400 });
  assert.equal(await codeOf(`${foreign}AA`, ['token-validation']), 'pass');
  assert.equal(await codeOf(foreign, ['token-lifetime']), 'TOKEN_INVALID');
  assert.equal(await codeOf(long, ['token-lifetime']), 'pass');
  assert.equal(await codeOf(long), 'TOKEN_INVALID');
});
