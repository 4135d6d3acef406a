import assert from 'node:assert/strict';
import { createServer } from 'node:tls';
import { after, test } from 'node:test';
import { createCertificate, trustCertificate } from '../../prove/certificate.ts';
import { httpFacts, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import type { HttpSettings, Profile } from '../../pipeline/settings.ts';
import { listen } from '../../server/http/listen.ts';
import { configure, configureRequest, MIN_TLS_VERSION } from './control.ts';
import { rule } from './rule.ts';
import { NO_FACTS } from '../../pipeline/start.ts';

const TLS = { cert: 'cert', key: 'key' };

function start(http: Partial<HttpSettings>, profile: Profile = 'production'): readonly string[] {
  const facts = {
    ...NO_FACTS,
    declared: [],
    hasIssuer: true,
    devAuthorizationServer: false,
    hasRecorder: true,
    insecure: [],
  };
  return configure()({ ...facts, profile, http: testSettings({ http }).http });
}

test('production starts with a certificate or a terminator, and with neither it does not', () => {
  assert.deepEqual(start({ tls: TLS }), []);
  assert.deepEqual(start({ terminated: true, trustedProxies: ['10.0.0.0/8', '::1'] }), []);
  assert.deepEqual(start({}), [
    'http.tls: tokens would travel in clear. Give tls.cert and tls.key, or declare http.terminatedBy: proxy.',
  ]);
});

test('for one machine plain HTTP will do, and beyond it does not', () => {
  assert.deepEqual(start({}, 'dev'), []);
  assert.deepEqual(start({ host: '::1' }, 'dev'), []);
  assert.deepEqual(start({ socket: 'mcp.sock' }), []);
  for (const host of ['0.0.0.0', '::', '', '10.0.0.7', 'mcp.example', '127.0.0.1.example', '1270.0.1'])
    assert.equal(start({ host }, 'dev').length, 1, host);
});

test('a public URL must be https', () => {
  assert.deepEqual(start({ tls: TLS, resource: 'http://mcp.example/mcp' }), [
    'http.publicUrl: "http://mcp.example/mcp" is not https.',
  ]);
  assert.deepEqual(start({ tls: TLS, resource: 'https://mcp.example/mcp' }), []);
});

test('a terminator must be named by addresses', () => {
  assert.deepEqual(start({ terminated: true }), ['http.trustedProxies: name the addresses of the TLS terminator.']);
  for (const proxy of [
    'proxy.internal',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0/8',
    '::/129',
    '*',
    '',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
  ]) {
    assert.deepEqual(start({ terminated: true, trustedProxies: [proxy] }), [
      `http.trustedProxies: "${proxy}" is neither an address nor a range such as 10.0.0.0/24.`,
    ]);
  }
});

function request(http: Partial<HttpSettings>, remoteAddress: string, proto?: string): unknown {
  const headers = proto === undefined ? {} : { 'x-forwarded-proto': proto };
  const decision = configureRequest(testSettings({ http }))(
    new Exchange('http', 'modern', httpFacts({ remoteAddress, headers })),
  );
  assert.ok(!(decision instanceof Promise));
  return decision.pass ? 'pass' : `${decision.code}: ${decision.detail}`;
}

const BEHIND = { terminated: true, trustedProxies: ['10.0.4.0/24', '192.0.2.1', '2001:db8::/32'] };

test('behind a terminator only the terminator is heard', () => {
  for (const address of ['10.0.4.1', '10.0.4.255', '192.0.2.1', '2001:db8::7', '::ffff:10.0.4.9']) {
    assert.equal(request(BEHIND, address), 'pass', address);
  }
  for (const address of [
    '10.0.5.1',
    '192.0.2.2',
    '127.0.0.1',
    '::1',
    '2001:db9::1',
    '::ffff:10.0.5.1',
    '',
    'unknown',
  ]) {
    assert.equal(request(BEHIND, address), 'FORBIDDEN: not by way of the TLS terminator', address);
  }
});

test('one good request does not open the way for another address', () => {
  const control = configureRequest(testSettings({ http: BEHIND }));
  const from = (remoteAddress: string) => control(new Exchange('http', 'modern', httpFacts({ remoteAddress })));
  assert.deepEqual(from('10.0.4.1'), { pass: true });
  assert.deepEqual(from('10.0.5.1'), { pass: false, code: 'FORBIDDEN', detail: 'not by way of the TLS terminator' });
  assert.deepEqual(from('10.0.4.1'), { pass: true });
});

test('what came to the terminator in clear is refused', () => {
  assert.equal(request(BEHIND, '10.0.4.1', 'https'), 'pass');
  assert.equal(request(BEHIND, '10.0.4.1', 'HTTPS'), 'pass');
  for (const proto of ['http', 'http, https', 'https, http', '']) {
    assert.equal(request(BEHIND, '10.0.4.1', proto), 'FORBIDDEN: the terminator was asked in clear', proto);
  }
});

test('without a terminator, forwarding headers and addresses decide nothing', () => {
  assert.equal(request({}, '10.0.5.1', 'http'), 'pass');
  assert.equal(request({ tls: TLS }, '203.0.113.9'), 'pass');
});

test('behind a terminator on a Unix socket there is no address to look at', () => {
  const http = { terminated: true, socket: 'mcp.sock', trustedProxies: [] };
  assert.equal(request(http, ''), 'pass');
  assert.equal(request(http, '', 'http'), 'FORBIDDEN: the terminator was asked in clear');
});

test('TLS 1.1 is refused by our listener, and the probe would see it spoken', async () => {
  assert.equal(MIN_TLS_VERSION, 'TLSv1.2');
  const certificate = createCertificate();
  trustCertificate(certificate.cert);
  const ours = await listen({ tls: certificate }, DEFAULT_LIMITS, () => (_, response) => void response.end());
  after(() => ours.close(0));
  const old = createServer({ ...certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' });
  after(() => old.close());
  await new Promise<void>((resolve) => {
    old.listen(0, '127.0.0.1', resolve);
  });
  const address = old.address();
  assert.ok(typeof address === 'object' && address !== null);
  assert.equal(await spokeOldTls(ours.port), false);
  assert.equal(await spokeOldTls(address.port), true);
});

async function spokeOldTls(port: number): Promise<unknown> {
  const reply = { status: 200, headers: {}, message: undefined, notifications: [], text: '' };
  const connection = { session: undefined, request: () => Promise.resolve(reply), close: () => Promise.resolve() };
  const seen = await rule.gather({
    transport: 'http',
    era: 'modern',
    url: new URL(`https://127.0.0.1:${port}/mcp`),
    mint: undefined,
    token: 'token',
    connect: () => Promise.resolve(connection),
    raw: () => Promise.resolve(reply),
    line: () => Promise.resolve(reply),
    records: () => Promise.resolve([]),
    log: undefined,
    refusedToStart: undefined,
  });
  return seen.find(({ label }) => label === 'TLS 1.1')?.fact;
}
