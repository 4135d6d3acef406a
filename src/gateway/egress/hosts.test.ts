import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LOOPBACK_6, spellings } from '../../../test/support/address-spellings.ts';
import { findHost, readAuthority, readHosts } from './hosts.ts';

/** Without a name of a resolver that gives it, and a notation that no resolver reads. */
const addresses = (address: string): readonly string[] =>
  spellings(address).filter((each) => !each.endsWith('.nip.io') && !each.startsWith('0o'));

suite('hosts', () => {
  const allowed = readHosts(
    'x',
    ['api.example.com', 'api.example.com:8443', '*.example.org', '*.example.net:444', 'http://files.example.com'],
    'production',
  );
  for (const [authority, tls, plain] of [
    ['api.example.com:443', 'api.example.com', undefined],
    ['API.Example.com:443', 'api.example.com', undefined],
    ['api.example.com:8443', 'api.example.com:8443', undefined],
    ['api.example.com:80', undefined, undefined],
    ['example.com:443', undefined, undefined],
    ['xapi.example.com:443', undefined, undefined],
    ['api.example.com.evil.example:443', undefined, undefined],
    ['a.example.org:443', '*.example.org', undefined],
    ['a.b.example.org:443', undefined, undefined],
    ['example.org:443', undefined, undefined],
    ['.example.org:443', undefined, undefined],
    ['a.example.net:443', undefined, undefined],
    ['a.example.net:444', '*.example.net:444', undefined],
    ['files.example.com:80', undefined, 'http://files.example.com'],
    ['files.example.com:443', undefined, undefined],
    ['localhost:443', undefined, undefined],
  ] as const) {
    test(`${authority} is ${tls ?? plain ?? 'not listed'}`, () => {
      const destination = readAuthority(authority);
      const found = (isTls: boolean): string | undefined =>
        destination === undefined ? undefined : findHost(allowed, destination, isTls)?.key;
      assert.deepEqual([found(true), found(false)], [tls, plain]);
    });
  }

  for (const entry of [
    '',
    '*',
    '*.com',
    '*:443',
    '**.example.com',
    'a.*.example.com',
    'api.*',
    'API.example.com',
    'https://api.example.com',
    'http://api.example.com/',
    'http://user@api.example.com',
    'api.example.com/path',
    'api.example.com:0',
    'api.example.com:65536',
    'api.example.com:443:443',
    'api.example.com.',
    'intranet',
    'metadata.google.internal',
    'localhost',
    'localhost:0',
    '*.localhost:4000',
    ...addresses('127.0.0.1'),
    ...addresses('169.254.169.254'),
    ...LOOPBACK_6,
  ]) {
    test(`${JSON.stringify(entry)} cannot be declared`, () => {
      assert.throws(() => readHosts('x', [entry], 'dev'), TypeError);
    });
  }

  test('this machine is for the dev profile alone', () => {
    const [here] = readHosts('x', ['http://localhost:4000'], 'dev');
    assert.deepEqual([here?.isLoopback, here?.port, here?.isTls], [true, 4000, false]);
    assert.throws(() => readHosts('x', ['http://localhost:4000'], 'production'), /dev profile/);
  });

  test('no address in any notation is a name with a port', () => {
    for (const each of [...addresses('127.0.0.1'), ...LOOPBACK_6]) {
      const read = readAuthority(`${each}:443`);
      assert.equal(read === undefined ? undefined : findHost(allowed, read, true), undefined, each);
    }
  });
});
