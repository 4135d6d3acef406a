import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { fakeInternet, listenOn, openClient, type Listening } from '../../../test/support/outbound.ts';
import { createCertificate, trustCertificate } from '../../prove/certificate.ts';

const API = 'api.example';
const PUBLIC = '93.184.216.34';
const OTHER = '93.184.216.35';

const certificate = createCertificate(API);
trustCertificate(certificate.cert);
let api: Listening;
let stranger: Listening;
before(async () => {
  api = await listenOn((_, response) => response.end('served'), certificate);
  stranger = await listenOn((_, response) => response.end('served'), createCertificate(API));
});
after(async () => {
  await api.close();
  await stranger.close();
});

async function get(network: Parameters<typeof openClient>[1]['network'], hosts = [API], url = `https://${API}/`) {
  const { client, close } = openClient(hosts, {
    ...(network === undefined ? {} : { network }),
    outbound: { connectTimeout: 500 },
  });
  try {
    return (await client.get(url)).text();
  } finally {
    await close();
  }
}

test('a public address is connected to over TLS, by the name of the host', async () => {
  const network = fakeInternet({ [API]: () => [PUBLIC] }, { [PUBLIC]: api.port });
  assert.equal(await get(network), 'served');
  assert.deepEqual([network.resolved, network.dialled], [[API], [PUBLIC]]);
});

test('a certificate of another name, or that nobody vouches for, is refused', async () => {
  const other = fakeInternet({ 'other.example': () => [PUBLIC] }, { [PUBLIC]: api.port });
  await assert.rejects(get(other, ['other.example'], 'https://other.example/'), { reason: 'unreachable' });
  const unknown = fakeInternet({ [API]: () => [PUBLIC] }, { [PUBLIC]: stranger.port });
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    await assert.rejects(get(unknown), { reason: 'unreachable' });
  } finally {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  }
  assert.deepEqual(stranger.asked, []);
});

test('one bad address among good ones refuses the name', async () => {
  for (const answer of [
    [PUBLIC, '127.0.0.1'],
    ['10.0.0.1', PUBLIC],
    [PUBLIC, OTHER, '::1'],
    ['::ffff:127.0.0.1'],
    ['fe80::1%lo'],
  ]) {
    const network = fakeInternet({ [API]: () => answer }, { [PUBLIC]: api.port });
    await assert.rejects(get(network), { reason: 'refused' }, answer.join());
    assert.deepEqual(network.dialled, []);
  }
});

test('a name that changes between two requests is looked at each time', async () => {
  let asked = 0;
  const network = fakeInternet(
    { [API]: () => ((asked += 1) === 1 ? [PUBLIC] : ['127.0.0.1']) },
    { [PUBLIC]: api.port },
  );
  assert.equal(await get(network), 'served');
  await assert.rejects(get(network), { reason: 'refused' });
  assert.deepEqual(network.dialled, [PUBLIC]);
});

test('a connection that ends elsewhere than it was made to is closed before a byte is sent', async (t) => {
  const canary = await listenOn((_, response) => response.end('canary'));
  t.after(() => canary.close());
  const closed: Promise<number>[] = [];
  const network = fakeInternet({ [API]: () => [PUBLIC] }, {});
  const dial = (): Socket => {
    // As a rule in the firewall, or a route, would do it: the socket says where it came to.
    const socket = new Socket().connect({ host: '127.0.0.1', port: canary.port });
    closed.push(once(socket, 'close').then(() => socket.bytesWritten));
    return socket;
  };
  await assert.rejects(get({ ...network, dial }), { reason: 'refused' });
  assert.deepEqual(canary.asked, []);
  assert.deepEqual(await Promise.all(closed), [0]);
});

test('the next address is tried when one takes no connection, and an end comes to it', async () => {
  const unused = await listenOn(() => undefined);
  await unused.close();
  const network = fakeInternet({ [API]: () => [OTHER, PUBLIC] }, { [OTHER]: unused.port, [PUBLIC]: api.port });
  assert.equal(await get(network), 'served');
  assert.deepEqual(network.dialled, [OTHER, PUBLIC]);
  await assert.rejects(get(fakeInternet({ [API]: () => [OTHER] }, { [OTHER]: unused.port })), {
    reason: 'unreachable',
  });
  await assert.rejects(get(fakeInternet({}, {})), { reason: 'unreachable' });
  await assert.rejects(get(fakeInternet({ [API]: () => [] }, {})), { reason: 'unreachable' });
  const silent = { resolve: () => new Promise<readonly string[]>(() => undefined), dial: () => new Socket() };
  await assert.rejects(get(silent), { reason: 'timeout' });
});
