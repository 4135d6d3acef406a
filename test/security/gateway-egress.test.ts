import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect as secureConnect } from 'node:tls';
import { textOf } from '../../src/audit/judge.ts';
import type { Network } from '../../src/capabilities/http/connect.ts';
import { openEgress } from '../../src/gateway/egress/egress.ts';
import type { EgressLimits } from '../../src/gateway/egress/limits.ts';
import { createCertificate } from '../../src/prove/certificate.ts';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { LOOPBACK_6, spellings } from '../support/address-spellings.ts';
import { CROOKED } from '../support/crooked-requests.ts';
import { eventually } from '../support/eventually.ts';
import { fakeInternet, listenOn } from '../support/outbound.ts';
import { listen, serveRoamer, startRoamer } from '../support/roamer.ts';

// An upstream that is wholly in an attacker's hands, and may reach hosts by a list: whatever else it tries to reach.

const support = await detectSandbox();
const options =
  support.missing === undefined
    ? { timeout: 120_000 }
    : { skip: `needs the Debian package bubblewrap: ${support.missing}` };
after(() => closeSharedIssuer());

const PUBLIC = '93.184.215.14';
const OTHER = '93.184.215.15';

test('what is listed is reached, over TLS and as plain HTTP, by fetch and by curl; no other is', options, async (t) => {
  const [secure, plain] = [
    await listenOn((_, response) => void response.end('secure'), createCertificate('api.example.com')),
    await listenOn((request, response) => void request.pipe(response)),
  ];
  const network = fakeInternet(
    { 'api.example.com': () => [PUBLIC], 'a.example.org': () => [PUBLIC], 'files.example.com': () => [OTHER] },
    { [PUBLIC]: secure.port, [OTHER]: plain.port },
  );
  const up = await startRoamer(
    { hosts: ['api.example.com', '*.example.org', 'http://files.example.com'] },
    { network },
  );
  t.after(async () => {
    await up.stop();
    await Promise.all([secure.close(), plain.close()]);
  });
  const get = (url: string): Promise<string> => up.run(`return (await fetch(${JSON.stringify(url)})).text()`);
  assert.equal(await get('https://api.example.com/'), 'secure');
  assert.equal(await get('https://a.example.org/'), 'secure');
  assert.equal(
    await up.run("return (await fetch('http://files.example.com/x', { method: 'POST', body: 'word' })).text()"),
    'word',
  );
  const sent =
    'POST http://files.example.com/y HTTP/1.1\r\nHost: files.example.com\r\nX-Own: 1\r\nConnection: x-own, close';
  assert.match(await up.raw(`${sent}\r\nContent-Length: 3\r\n\r\nabc`), /^HTTP\/1\.1 200 [^]*\r\n\r\n(?:3\r\n)?abc/);
  assert.equal(plain.requests.at(-1)?.headers['x-own'], undefined);
  for (const url of [
    'https://evil.example/',
    'https://files.example.com/',
    'http://api.example.com/',
    'https://api.example.com:8443/',
    'https://example.org/',
    'https://a.b.example.org/',
  ])
    assert.match(await get(url), /^failed /, url);
  assert.deepEqual(network.dialled, [PUBLIC, PUBLIC, OTHER, OTHER]);
  const told = up.lines.filter((line) => line.startsWith('upstream up: no way out to "evil.example:443": '));
  assert.deepEqual(told, ['upstream up: no way out to "evil.example:443": it is not among needs.hosts']);
});

/** Opens a way out as an upstream has it, and what is sent to it straight, without the sandbox around. */
async function openStraight(network: Network, limits: Partial<EgressLimits> = {}) {
  const lines: string[] = [];
  const hosts = ['api.example.com', 'http://files.example.com'];
  const log = (line: string): void => void lines.push(line);
  const egress = await openEgress({ id: 'up', hosts, profile: 'production', hostOptions: {}, log, network, limits });
  const path = join(egress.handOver[0] ?? '', 'socket');
  const send = (words: string): Promise<string> =>
    new Promise((done) => {
      let got = '';
      const socket = connect(path).on('error', () => undefined);
      socket.on('data', (piece) => (got += piece.toString('latin1')));
      socket.on('close', () => done(got));
      if (words !== '') socket.write(Buffer.from(words, 'latin1'));
    });
  return { egress, path, send, lines };
}

test('no spelling of an address leads anywhere', options, async (t) => {
  const network = fakeInternet({}, {});
  const { egress, send, lines } = await openStraight(network);
  t.after(() => egress.close());
  const all = [...['127.0.0.1', '169.254.169.254', '10.0.0.1'].flatMap(spellings), ...LOOPBACK_6];
  const requests = all.flatMap((each) => {
    const name = Buffer.from(each, 'utf8').toString('latin1');
    return [
      `CONNECT ${name}:443 HTTP/1.1\r\nHost: ${name}:443\r\n\r\n`,
      `GET http://${name}/ HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`,
    ];
  });
  for (let at = 0; at < requests.length; at += 32) {
    const some = requests.slice(at, at + 32);
    const replies = await Promise.all(some.map(send));
    for (const [n, reply] of replies.entries()) assert.match(reply, /^HTTP\/1\.1 40[03] /, some[n]);
  }
  assert.deepEqual([network.dialled, network.resolved], [[], []]);
  // Each destination is a line at most, and a flood of them no flood of lines.
  assert.equal(lines.length, 32);
  assert.equal(egress.refused, requests.length);
});

test(
  'a listed name that is at a private, mapped or metadata address is not reached, nor one that moves',
  options,
  async (t) => {
    let moved = 0;
    const secure = await listenOn((_, response) => void response.end('ok'), createCertificate('moves.example.com'));
    const inside: Readonly<Record<string, readonly string[]>> = {
      a: ['10.0.0.1'],
      b: ['169.254.169.254'],
      c: ['::ffff:127.0.0.1'],
      d: ['64:ff9b::7f00:1'],
      e: [PUBLIC, '127.0.0.1'],
      f: ['0.0.0.0'],
      g: ['::1'],
      h: ['fd00:ec2::254'],
      i: ['2002:7f00:1::'],
    };
    const names = Object.entries(inside).map(([name, at]) => [`${name}.example.com`, () => at] as const);
    const network = fakeInternet(
      { ...Object.fromEntries(names), 'moves.example.com': () => (moved++ === 0 ? [PUBLIC] : ['127.0.0.1']) },
      { [PUBLIC]: secure.port },
    );
    const up = await startRoamer({ hosts: ['*.example.com'] }, { network });
    t.after(async () => {
      await up.stop();
      await secure.close();
    });
    for (const name of Object.keys(inside)) {
      assert.equal(await up.run(`return ask('${name}.example.com:443', '${name}.example.com')`), 'failed 403', name);
    }
    assert.deepEqual(network.dialled, []);
    assert.equal(await up.run("return ask('moves.example.com:443', 'moves.example.com')"), 'ok');
    assert.equal(await up.run("return ask('moves.example.com:443', 'moves.example.com')"), 'failed 403');
    assert.deepEqual(network.dialled, [PUBLIC]);
    // A private address is reached where the deployment says that this host is there.
    const hosts = { 'a.example.com': { addresses: ['10.0.0.0/8'] } };
    const allowed = fakeInternet({ 'a.example.com': () => ['10.0.0.1'] }, { '10.0.0.1': secure.port });
    const other = await startRoamer({ hosts: ['*.example.com'] }, { network: allowed, hosts });
    t.after(() => other.stop());
    assert.equal(await other.run("return ask('a.example.com:443', 'a.example.com')"), 'ok');
    // At that port alone.
    const elsewhere = { 'a.example.com:8443': hosts['a.example.com'] };
    const needs = { hosts: ['a.example.com', 'a.example.com:8443'] };
    const narrow = await startRoamer(needs, { network: allowed, hosts: elsewhere });
    t.after(() => narrow.stop());
    assert.equal(await narrow.run("return ask('a.example.com:443', 'a.example.com')"), 'failed 403');
    assert.equal(await narrow.run("return ask('a.example.com:8443', 'a.example.com')"), 'ok');
  },
);

test('a tunnel carries TLS for the host that it was opened to, and nothing else', options, async (t) => {
  const ear = await listen((socket) => void socket.write('SSH-2.0-banner\r\n'));
  const network = fakeInternet({ 'api.example.com': () => [PUBLIC] }, { [PUBLIC]: ear.port });
  const up = await startRoamer({ hosts: ['api.example.com'] }, { network });
  t.after(async () => {
    await up.stop();
    ear.close();
  });
  for (const name of ['evil.example', 'api.example.com.evil.example', ''])
    assert.match(await up.run(`return ask('api.example.com:443', '${name}')`), /^failed /, name);
  for (const words of [
    'GET / HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n',
    'SSH-2.0-x\\r\\n',
    'CONNECT evil.example:443',
  ])
    assert.equal(
      await up.run(`
        const socket = await tunnel('api.example.com:443').catch(() => undefined);
        let got = '';
        socket.removeAllListeners('close');
        socket.on('data', (piece) => { got += piece; });
        socket.write('${words}');
        return new Promise((done) => socket.on('close', () => done('cut off ' + got)));`),
      'cut off ',
    );
  assert.equal(ear.heard(), '');
  assert.ok(up.lines.some((line) => line.endsWith('its ClientHello names evil.example')));
  assert.ok(up.lines.some((line) => line.endsWith('its ClientHello names no server')));
  assert.ok(up.lines.some((line) => line.endsWith('it speaks no TLS')));
});

test('what two readers would understand differently is refused whole', options, async (t) => {
  const plain = await listenOn((_, response) => void response.end('seen'));
  const network = fakeInternet(
    { 'api.example.com': () => [PUBLIC], 'files.example.com': () => [PUBLIC] },
    { [PUBLIC]: plain.port },
  );
  const up = await startRoamer({ hosts: ['api.example.com', 'http://files.example.com'] }, { network });
  t.after(async () => {
    await up.stop();
    await plain.close();
  });
  const closing = CROOKED.map((text) => text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const replies: unknown = JSON.parse(
    await up.run(`return JSON.stringify(await Promise.all(${JSON.stringify(closing)}.map(raw)))`),
  );
  assert.ok(Array.isArray(replies) && replies.length === CROOKED.length);
  for (const [n, reply] of replies.entries())
    assert.match(String(reply), /^HTTP\/1\.1 4\d\d /, CROOKED[n]?.slice(0, 200));
  const within =
    "const socket = await tunnel('files.example.com:80'); socket.removeAllListeners('close'); let got = '';";
  const read =
    "socket.on('data', (piece) => { got += piece; }); return new Promise((done) => socket.on('close', () => done(got)));";
  for (const text of [
    'GET / HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n',
    'GET http://evil.example/ HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n',
    'CONNECT api.example.com:443 HTTP/1.1\\r\\nHost: files.example.com\\r\\n\\r\\n',
  ])
    assert.match(await up.run(`${within} socket.write('${text}'); ${read}`), /^HTTP\/1\.1 403 /, text);
  assert.deepEqual(plain.asked, []);
  const sound = 'GET /x HTTP/1.1\\r\\nHost: files.example.com\\r\\nConnection: close\\r\\n\\r\\n';
  assert.match(await up.run(`${within} socket.write('${sound}'); ${read}`), /seen/);
  assert.deepEqual(plain.asked, ['GET /x']);
  for (const line of up.lines) assert.ok(!/\p{Cc}/u.test(line) && line.length < 500, line);
});

test('there is no other way: sockets of any family, resolvers, and sockets of others', options, async (t) => {
  const abstract = `\0portcullis-${randomUUID()}`;
  const [tcp, unix] = [
    await listen((socket) => socket.end('got')),
    await listen((socket) => socket.end('got'), abstract),
  ];
  const network = fakeInternet({}, {});
  const up = await startRoamer({ hosts: ['a.example.com'] }, { network });
  const other = await startRoamer({ hosts: ['b.example.com'] }, { network });
  t.after(async () => {
    await Promise.all([up.stop(), other.stop()]);
    tcp.close();
    unix.close();
  });
  const reach = (where: string): Promise<string> =>
    up.run(
      `return new Promise((done) => net.connect(${where}, () => done('reached')).on('error', ({ code }) => done(code)))`,
    );
  for (const where of [
    `{ host: '127.0.0.1', port: ${tcp.port} }`,
    `{ host: '::1', port: ${tcp.port} }`,
    `{ host: '::ffff:127.0.0.1', port: ${tcp.port} }`,
    `{ host: '93.184.215.14', port: 443 }`,
    `{ host: '2606:4700::1', port: 443 }`,
    `{ host: '169.254.169.254', port: 80 }`,
    `{ path: ${JSON.stringify(abstract)} }`,
    ...readdirSync(tmpdir())
      .filter((name) => name.startsWith('portcullis-egress-'))
      .map((name) => `{ path: '${join(tmpdir(), name, 'socket')}' }`),
  ])
    assert.match(await reach(where), /^(?:ECONNREFUSED|ENETUNREACH|ENOENT|EADDRNOTAVAIL|EACCES)$/, where);
  assert.deepEqual([tcp.connections(), unix.connections()], [0, 0]);
  assert.match(await up.run("return (await load('dns').promises.lookup('secret.evil.example')).address"), /^failed /);
  assert.match(await up.run("return load('dns').promises.resolve('secret.evil.example')"), /^failed /);
  assert.match(
    await up.run(`return new Promise((done) => {
      const socket = load('dgram').createSocket('udp4');
      socket.on('error', ({ code }) => done(code));
      socket.send('x', 53, '93.184.215.14', (error) => done(error?.code ?? 'sent'));
    })`),
    /^ENETUNREACH$/,
  );
  const python =
    "import socket\\ntry:\\n socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\\n print('raw')\\nexcept OSError as e: print('refused')";
  if (existsSync('/usr/bin/python3'))
    assert.equal(
      await up.run(
        `return load('child_process').execFileSync('/usr/bin/python3', ['-c', "${python}"]).toString().trim()`,
      ),
      'refused',
    );
  // The list of another one is not its own, and a socket cannot be put in the place of the proxy's.
  assert.equal(await up.run("return tunnel('b.example.com:443')"), 'failed 403');
  assert.equal(await other.run("return tunnel('a.example.com:443')"), 'failed 403');
  for (const act of ['unlinkSync', 'readFileSync'])
    assert.match(
      await up.run(`return load('fs').${act}('/run/portcullis-egress/socket')`),
      /^failed (?:EROFS|EACCES|EPERM|ENXIO)$/,
    );
  assert.equal(await up.run("return load('fs').readdirSync('/run').join()"), 'portcullis-egress');
});

test('a way out ends with its process, and none is left behind', options, async () => {
  const folders = (): readonly string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith('portcullis-egress-'));
  const before = new Set(folders());
  const ear = await listen(() => undefined);
  const network = fakeInternet({ 'api.example.com': () => [PUBLIC] }, { [PUBLIC]: ear.port });
  const up = await startRoamer({ hosts: ['api.example.com'] }, { network });
  const own = folders().filter((name) => !before.has(name));
  assert.ok(own.length > 0);
  assert.equal(await up.run("globalThis.kept = await tunnel('api.example.com:443'); return 'open'"), 'open');
  await up.stop();
  await eventually(() => own.every((name) => !existsSync(join(tmpdir(), name))));
  ear.close();
});

test(
  'ten thousand connections, slow ones and endless ones are cut short, and the next is served',
  options,
  async (t) => {
    const secure = await listenOn(
      (_, response) => void response.end('x'.repeat(2_000_000)),
      createCertificate('api.example.com'),
    );
    const plain = await listenOn((request, response) => void request.resume().on('end', () => response.end('fine')));
    const network = fakeInternet(
      { 'api.example.com': () => [PUBLIC], 'files.example.com': () => [OTHER] },
      { [PUBLIC]: secure.port, [OTHER]: plain.port },
    );
    const { egress, path, send: open, lines } = await openStraight(network, { headMs: 500, bytes: 1_000_000 });
    t.after(async () => {
      await egress.close();
      await Promise.all([secure.close(), plain.close()]);
    });
    for (let wave = 0; wave < 20; wave++) await Promise.all(Array.from({ length: 480 }, () => open('\x00')));
    // These say nothing, or not to the end.
    const slow = [
      '',
      'GET http://files',
      'CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n\x16',
    ];
    await Promise.all(Array.from({ length: 400 }, (_, n) => open(slow[n % slow.length] ?? '')));
    const get = 'GET http://files.example.com/ HTTP/1.1\r\nHost: files.example.com\r\nConnection: close\r\n\r\n';
    await eventually(async () => (await open(get)).includes('fine'));
    const put = 'PUT http://files.example.com/ HTTP/1.1\r\nHost: files.example.com\r\nContent-Length: 2000000\r\n\r\n';
    assert.doesNotMatch(await open(put + 'x'.repeat(2_000_000)), /fine/);
    const got = await new Promise<number>((done) => {
      let bytes = 0;
      const socket = connect(path).on('error', () => undefined);
      socket.write('CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n');
      socket.once('data', () => {
        const tls = secureConnect({ socket, servername: 'api.example.com', rejectUnauthorized: false });
        tls.on('data', (piece: Buffer) => (bytes += piece.length));
        tls.on('error', () => undefined);
        tls.on('close', () => done(bytes));
        tls.write('GET / HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n');
      });
    });
    assert.ok(got > 0 && got < 1_000_000, String(got));
    assert.ok(lines.some((line) => line.endsWith('more than 64 connections at a time')));
    assert.ok(lines.length <= 33 && egress.refused > 1_000, `${lines.length} ${egress.refused}`);
  },
);

test('through the gateway: its tools send outside, and this machine is for the dev profile', options, async (t) => {
  const plain = await listenOn((_, response) => void response.end('from here'));
  t.after(() => plain.close());
  const { running, sends } = await serveRoamer({ hosts: [`http://localhost:${plain.port}`] });
  t.after(running.stop);
  const connection = await running.target.connect();
  // By fetch; and as axios does it: to the proxy by itself, through Node's own agent, which minds the proxy too.
  const code = `const port = new URL(process.env.HTTP_PROXY).port;
    const one = await (await fetch('http://localhost:${plain.port}/')).text();
    const two = await new Promise((done, fail) => load('http').get({ host: '127.0.0.1', port,
      path: 'http://localhost:${plain.port}/', headers: { host: 'localhost:${plain.port}' } },
      (answer) => answer.on('data', (piece) => done(String(piece)))).on('error', fail));
    return one + ', ' + two`;
  const reply = await connection.request('tools/call', { name: 'up__run', arguments: { code } });
  assert.equal(textOf(reply), 'from here, from here');
  assert.deepEqual(sends, ['outside']);
  await assert.rejects(startRoamer({ hosts: [`http://localhost:${plain.port}`] }), /dev profile/);
  await assert.rejects(startRoamer({ hosts: ['a.example.com'], network: 'unguarded' }), /not both/);
});
