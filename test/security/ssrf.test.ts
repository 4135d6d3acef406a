import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { mayConnect } from '../../src/capabilities/http/address.ts';
import { isObject } from '../../src/protocol/json.ts';
import { LOOPBACK_6, spellings } from '../support/address-spellings.ts';
import { fakeInternet, listenOn, openClient, type Listening, type OpenClient } from '../support/outbound.ts';

const API = 'api.example';
const LIST = new URL('../../../shared/corpora/payloads/ssrf-and-redirect.jsonl', import.meta.url);
const INTERNAL = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '100.100.100.200',
  '10.0.0.1',
  '172.16.5.4',
  '192.168.1.1',
  '192.0.0.192',
  '255.255.255.255',
];

let canaries: readonly Listening[] = [];
let api: Listening;
before(async () => {
  const first = await listenOn((_, response) => response.end('canary'));
  const six = await listenOn((_, response) => response.end('canary'), undefined, '::1').catch(() => undefined);
  canaries = six === undefined ? [first] : [first, six];
  api = await listenOn((request, response) => {
    const to = new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? '';
    response.writeHead(302, { location: Buffer.from(to, 'utf8').toString('latin1') }).end();
  });
});
after(async () => {
  for (const canary of canaries) await canary.close();
  await api.close();
});

/** How an attacker puts a host into a URL, also behind the one that is allowed. */
function shapes(host: string, port: number): readonly string[] {
  const at = `${host}:${port}`;
  return [
    `http://${at}/`,
    `https://${at}/`,
    `//${at}/`,
    `https://${API}@${at}/`,
    `https://${API}:443@${at}/`,
    `https://${at}\\@${API}/`,
    `https://${at}#@${API}/`,
    `https://${API}\\.${at}/`,
  ];
}

const ports = () => canaries.map(({ port }) => port);
const hits = () => canaries.reduce((sum, canary) => sum + canary.connections(), 0);

function open(network = fakeInternet({}, {}), weakened: readonly string[] = []): OpenClient {
  const hosts = { [API]: { standIn: api.url } };
  const outbound = { requests: 10_000, timeout: '5s' } as const;
  return openClient([API], { network, outbound, runtime: { hosts, weakened: new Set(weakened) } });
}

async function attempt({ client }: OpenClient, url: string): Promise<string> {
  try {
    return `answered ${(await client.get(url)).status}`;
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : String(error);
  }
}

function payloads(): readonly string[] {
  return readFileSync(LIST, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const row: unknown = JSON.parse(line);
      return isObject(row) && typeof row['payload'] === 'string' ? [row['payload']] : [];
    });
}

test('every payload of the shared list is refused, asked for and redirected to', {
  skip: !existsSync(LIST) && 'needs ../shared/corpora',
}, async () => {
  const network = fakeInternet({}, {});
  const opened = open(network);
  const all = payloads();
  assert.ok(all.length > 150);
  for (const payload of all) {
    // Some lines carry an explanation behind the URL.
    for (const url of new Set([
      payload,
      payload.split(/\s/)[0] ?? '',
      ...ports().map((port) => payload.replace(/^(\w+:\/\/[^/:]+)(?::\d+)?/, `$1:${port}`)),
    ])) {
      assert.equal(await attempt(opened, url), 'refused', url);
      const before = api.asked.length;
      const told = await attempt(opened, `https://${API}/?to=${encodeURIComponent(url)}`);
      const isPath = URL.parse(url, `https://${API}/`)?.host === API;
      assert.ok(told === 'refused' || (isPath && told === 'redirects') || told === 'unreachable', `${told}: ${url}`);
      assert.ok(api.asked.length > before);
    }
  }
  assert.deepEqual([network.resolved, network.dialled, hits()], [[], [], 0]);
  await opened.close();
});

test('every way of writing an internal address is refused, in every place of a URL', async () => {
  const network = fakeInternet({}, {});
  const opened = open(network);
  const hosts = [
    ...INTERNAL.flatMap(spellings),
    ...LOOPBACK_6,
    'localhost',
    'LOCALHOST',
    'localhost.',
    'ip6-localhost',
    'ip6-loopback',
  ];
  let count = 0;
  for (const host of hosts) {
    for (const url of shapes(host, ports()[0] ?? 0)) {
      assert.equal(await attempt(opened, url), 'refused', url);
      count += 1;
    }
  }
  assert.ok(count > 30_000, String(count));
  assert.deepEqual([network.resolved, network.dialled, hits()], [[], [], 0]);
  await opened.close();
});

test('no redirect leads to loopback, however it is written', async () => {
  const network = fakeInternet({}, {});
  const opened = open(network);
  for (const host of [...spellings('127.0.0.1'), ...LOOPBACK_6, 'localhost']) {
    for (const url of [`http://${host}:${ports()[0]}/`, `https://${host}:${ports()[0]}/`, `//${host}:${ports()[0]}/`]) {
      const told = await attempt(opened, `https://${API}/?to=${encodeURIComponent(url)}`);
      assert.ok(told === 'refused' || told === 'unreachable', `${told}: ${url}`);
    }
  }
  assert.deepEqual([network.resolved, network.dialled, hits()], [[], [], 0]);
  await opened.close();
});

test('no answer of a resolver leads to an internal address', async () => {
  const name = 'rebind.example';
  const bad = [...INTERNAL.flatMap(spellings), ...LOOPBACK_6].map((host) => host.replaceAll(/[[\]]/g, ''));
  let count = 0;
  for (const address of new Set(bad)) {
    assert.equal(mayConnect(address, []), false, address);
    if ((count += 1) % 20 !== 0 && !/^[\d.]+$|:/.test(address)) continue;
    for (const answer of [[address], ['93.184.216.34', address], [address, '93.184.216.34']]) {
      const network = fakeInternet({ [name]: () => answer }, {});
      const opened = openClient([`${name}:${ports()[0]}`], { network });
      assert.equal(await attempt(opened, `https://${name}:${ports()[0]}/`), 'refused', answer.join());
      assert.deepEqual(network.dialled, []);
      await opened.close();
    }
  }
  assert.equal(hits(), 0);
});

test('a name that rebinds between its resolutions reaches nothing: each connection is to what was checked', async () => {
  const name = `rebind.example:${ports()[0]}`;
  let turn = 0;
  const good = '93.184.216.34';
  const network = fakeInternet(
    { 'rebind.example': () => ((turn += 1) % 2 === 1 ? [good] : ['127.0.0.1']) },
    { [good]: api.port },
  );
  const opened = openClient([name], { network, outbound: { requests: 1000 } });
  // The public place takes connections and speaks no TLS, so that every round resolves anew.
  for (let round = 0; round < 100; round++) assert.notEqual(await attempt(opened, `https://${name}/`), 'answered 200');
  assert.ok(turn >= 100);
  assert.equal(new Set(network.dialled).size, 1);
  assert.equal(hits(), 0);
  await opened.close();
});

test('with the guard off the same attacks hit the canary', async () => {
  const opened = open(undefined, ['outbound-guard']);
  const [port = 0, six = 0] = ports();
  let reached = 0;
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '\uff11\uff12\uff17.0.0.1',
    '[::ffff:127.0.0.1]',
    'localhost',
  ])
    for (const url of [
      `http://${host}:${port}/`,
      `https://${API}/?to=${encodeURIComponent(`http://${host}:${port}/`)}`,
    ])
      if ((await attempt(opened, url)) === 'answered 200') reached += 1;
  if (canaries.length > 1) assert.equal(await attempt(opened, `http://[::1]:${six}/`), 'answered 200');
  assert.ok(reached >= 12, String(reached));
  assert.ok(hits() > 0);
  await opened.close();
});
