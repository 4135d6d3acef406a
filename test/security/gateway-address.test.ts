import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { mayConnect } from '../../src/capabilities/http/address.ts';
import type { Network } from '../../src/capabilities/http/connect.ts';
import { reaching, readRemote } from '../../src/gateway/http/reach.ts';
import { openTls } from '../../src/gateway/http/tls.ts';
import { LinkError } from '../../src/gateway/link.ts';
import type { UpstreamOptions, UpstreamTls } from '../../src/gateway/options.ts';
import { createCertificate } from '../../src/prove/certificate.ts';
import { createRedactor } from '../../src/record/redact.ts';
import { openVault } from '../../src/secrets/vault.ts';
import { LOOPBACK_6, spellings } from '../support/address-spellings.ts';
import { fakeInternet, listenOn } from '../support/outbound.ts';
import { startUrlUpstream, type UrlUpstream } from '../support/url-upstreams.ts';

// Where an upstream behind a URL may be, and who may answer there.

const NAME = 'mcp.example.com';
const URL_ = `https://${NAME}/mcp`;
const PUBLIC = '93.184.216.34';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-address-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const own = createCertificate(NAME);
const other = createCertificate(NAME);
const client = createCertificate('gateway.example.com');
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const ca = file('ca.pem', own.cert);
const pinOf = ({ cert }: { readonly cert: string }): string =>
  createHash('sha256')
    .update(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const vault = await openVault(
  {
    'client-cert': { from: `file:${file('client.pem', client.cert)}` },
    'client-key': { from: `file:${file('client.key', client.key)}` },
  },
  { profile: 'dev', redactor: createRedactor(), log: () => undefined },
);
after(() => vault.close());

/** What connecting comes to: the tools that are offered, or why there are none. */
async function attempt(
  network: Network,
  tls: UpstreamTls = { ca },
  more: Partial<UpstreamOptions> = {},
): Promise<string> {
  const { place } = readRemote('up', { url: URL_, ...more }, network);
  const rules = await openTls('up', tls, vault);
  const connector = reaching({ id: 'up', place, era: 'auto', tls: rules, credential: undefined, log: () => undefined });
  try {
    const running = await connector.connect('alice', {});
    await running.stop();
    return running.offer.tools.map(({ name }) => name).join();
  } catch (error) {
    assert.ok(error instanceof LinkError, String(error));
    return `${error.reason}: ${error.detail}`;
  }
}

/** An upstream with a certificate for its name, and a network in which the name leads to it. */
async function upstream(t: TestContext, more: object = {}): Promise<{ network: Network; server: UrlUpstream }> {
  const server = await startUrlUpstream('modern', { ...own, ...more });
  t.after(() => server.close());
  const port = Number(new URL(server.url).port);
  return { network: fakeInternet({ [NAME]: () => [PUBLIC] }, { [PUBLIC]: port, '10.20.3.4': port }), server };
}

test('a name that resolves to an internal address is not connected to, whatever else it resolves to', async () => {
  const canary = await listenOn((_, response) => response.end('canary'));
  const internal = ['127.0.0.1', '169.254.169.254', '10.0.0.1', '192.168.1.1', '100.100.100.200', '0.0.0.0'];
  const all = [...internal.flatMap(spellings), ...LOOPBACK_6].map((host) => host.replaceAll(/[[\]]/g, ''));
  for (const address of new Set(all)) {
    assert.equal(mayConnect(address, []), false, address);
    if (!internal.includes(address) && !address.includes(':')) continue;
    for (const answer of [[address], [PUBLIC, address], [address, PUBLIC]]) {
      const network = fakeInternet({ [NAME]: () => answer }, { [PUBLIC]: canary.port, [address]: canary.port });
      assert.match(await attempt(network), /^closed: it cannot be reached: /, answer.join());
      assert.deepEqual(network.dialled, []);
    }
  }
  assert.equal(canary.connections(), 0);
  await canary.close();
});

test('a name that rebinds between its resolutions reaches nothing inside', async (t) => {
  const canary = await listenOn((_, response) => response.end('canary'));
  t.after(() => canary.close());
  const outside = await listenOn((_, response) => response.end('no TLS'));
  t.after(() => outside.close());
  let turn = 0;
  const network = fakeInternet(
    { [NAME]: () => ((turn += 1) % 2 === 1 ? [PUBLIC] : ['127.0.0.1']) },
    { [PUBLIC]: outside.port, '127.0.0.1': canary.port },
  );
  for (let round = 0; round < 20; round++) assert.match(await attempt(network), /^closed: it cannot be reached: /);
  assert.equal(turn, 20);
  assert.deepEqual(new Set(network.dialled), new Set([PUBLIC]));
  assert.equal(canary.connections(), 0);
});

test('a private address is reached where the configuration names its range, and no other is', async (t) => {
  const { server } = await upstream(t);
  const port = Number(new URL(server.url).port);
  const inside = fakeInternet({ [NAME]: () => ['10.20.3.4'] }, { '10.20.3.4': port });
  assert.match(await attempt(inside), /at 10\.20\.3\.4, where a tool may not go$/);
  assert.match(await attempt(inside, { ca }, { addresses: ['10.21.0.0/16'] }), /where a tool may not go$/);
  assert.deepEqual(inside.dialled, []);
  assert.equal(await attempt(inside, { ca }, { addresses: ['10.20.0.0/16'] }), 'say,slow');
  assert.deepEqual(new Set(inside.dialled), new Set(['10.20.3.4']));
});

test('a certificate is of an authority that is trusted, and for the name', async (t) => {
  const { network, server } = await upstream(t);
  assert.equal(await attempt(network), 'say,slow');
  server.seen.length = 0;
  assert.match(await attempt(network, {}), /^closed: it cannot be reached: mcp\.example\.com: \w*SELF_SIGNED\w*$/);
  const otherName = fakeInternet(
    { 'other.example.com': () => [PUBLIC] },
    { [PUBLIC]: Number(new URL(server.url).port) },
  );
  assert.match(
    await attempt(otherName, { ca }, { url: 'https://other.example.com/mcp' }),
    /^closed: it cannot be reached: other\.example\.com: ERR_TLS_CERT_ALTNAME_INVALID$/,
  );
  assert.deepEqual(server.seen, []);
});

test('a key that is not pinned is refused before a byte is sent to it', async (t) => {
  const { network, server } = await upstream(t);
  assert.equal(await attempt(network, { ca, pins: [pinOf(other), pinOf(own)] }), 'say,slow');
  server.seen.length = 0;
  assert.equal(
    await attempt(network, { ca, pins: [pinOf(other)] }),
    `closed: it cannot be reached: ${NAME}: its key ${pinOf(own)} is none of those that are pinned`,
  );
  assert.deepEqual(server.seen, []);
});

test('an upstream that wants a certificate gets that of the deployment, by the names of its secrets', async (t) => {
  const { network } = await upstream(t, { requestCert: true, rejectUnauthorized: true, ca: client.cert });
  assert.equal(await attempt(network, { ca, certificate: 'client-cert', key: 'client-key' }), 'say,slow');
  assert.match(await attempt(network), /^closed: /);
});

test('what TLS needs is there, or nothing is connected', async () => {
  await assert.rejects(
    openTls('up', { ca: join(folder, 'absent.pem') }, vault),
    /upstreams\.up\.tls\.ca: .* \(ENOENT\)/,
  );
  await assert.rejects(openTls('up', { ca: file('no.pem', 'none') }, vault), /upstreams\.up\.tls\.ca: it is no PEM/);
  await assert.rejects(openTls('up', { certificate: 'absent', key: 'client-key' }, vault), TypeError);
});

test('the keys that are pinned are part of what was approved', () => {
  const pins = [pinOf(own), pinOf(other)];
  const { integrity } = readRemote('up', { url: URL_, tls: { pins } });
  assert.equal(integrity, `none, keys ${pins.toSorted().join(' ')}`);
  assert.equal(readRemote('up', { url: URL_ }).integrity, 'none');
});
