import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startIssuer } from '../prove/issuer.ts';
import { isLoopbackOrPublic } from './dev-client-documents.ts';
import { createJsonFetcher } from './fetch-json.ts';

test('addresses of this machine and of the public internet are permitted, no others', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '93.184.215.14', '2606:4700::1111']) {
    assert.equal(isLoopbackOrPublic(address), true, address);
  }
  for (const address of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '198.51.100.7',
    'fe80::1',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'ff02::1',
    'localhost',
    '',
  ]) {
    assert.equal(isLoopbackOrPublic(address), false, address);
  }
});

test('a host with an address that is not permitted is not connected to, by name or by number', async (t) => {
  const issuer = await startIssuer();
  const judged: string[] = [];
  const fetcher = createJsonFetcher({
    allowAddress(address) {
      judged.push(address);
      return false;
    },
  });
  t.after(() => Promise.all([issuer.close(), fetcher.close()]));
  const { port } = new URL(issuer.issuer);
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    await assert.rejects(fetcher.fetch(`http://${host}:${port}/jwks`), /not permitted|not a permitted/);
  }
  assert.ok(judged.includes('127.0.0.1') && judged.includes('::1'));
  assert.deepEqual(issuer.requests, []);
});

test('a host name whose addresses are permitted is reached', async (t) => {
  const issuer = await startIssuer();
  const fetcher = createJsonFetcher({ allowAddress: isLoopbackOrPublic });
  t.after(() => Promise.all([issuer.close(), fetcher.close()]));
  const { port } = new URL(issuer.issuer);
  assert.deepEqual(await fetcher.fetch(`http://localhost:${port}/jwks`), issuer.jwks());
  await assert.rejects(fetcher.fetch('http://example.com/jwks'), /not https/);
});
