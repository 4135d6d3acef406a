import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { HelloGate } from './gate.ts';
import { readHello } from './hello.ts';

const NAME = 'api.example.com';
const number = (value: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};
const vector = (size: number, ...parts: readonly Buffer[]): Buffer => {
  const whole = Buffer.concat(parts);
  return Buffer.concat([number(whole.length, size), whole]);
};
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([number(type, 2), vector(2, body)]);
const nameOf = (name: string): Buffer => Buffer.concat([number(0, 1), vector(2, Buffer.from(name, 'latin1'))]);
const sni = (...names: readonly string[]): Buffer => extension(0, vector(2, ...names.map(nameOf)));

/** A ClientHello with these extensions (RFC 8446 section 4.1.2). */
function hello(...extensions: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    number(0x0303, 2),
    Buffer.alloc(32, 7),
    vector(1),
    vector(2, number(0x1301, 2)),
    vector(1, number(0, 1)),
    vector(2, ...extensions),
  ]);
  return Buffer.concat([number(1, 1), vector(3, body)]);
}

const record = (type: number, body: Buffer): Buffer =>
  Buffer.concat([number(type, 1), number(0x0301, 2), vector(2, body)]);
const DATA = record(23, Buffer.from('secret'));
const CHANGE = record(20, Buffer.from([1]));

/** What comes through, and why it was cut off. */
async function pass(chunks: readonly Buffer[], most = 1_000_000): Promise<{ out: Buffer; why: string | undefined }> {
  const gate = new HelloGate(NAME, most, () => undefined);
  const out: Buffer[] = [];
  gate.on('data', (chunk: Buffer) => void out.push(chunk));
  let why: string | undefined;
  gate.on('error', (error) => (why = error.message));
  for (const chunk of chunks) gate.write(chunk);
  gate.end();
  await new Promise<void>((done) => void gate.once('close', done));
  return { out: Buffer.concat(out), why };
}

suite('gate', () => {
  const good = hello(sni(NAME));

  test('a hello for the host passes with all that follows, however it is cut', async () => {
    const stream = Buffer.concat([record(22, good), CHANGE, DATA, DATA]);
    for (const size of [1, 2, 7, 64, stream.length]) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
        stream.subarray(n * size, (n + 1) * size),
      );
      assert.deepEqual(await pass(chunks), { out: stream, why: undefined }, String(size));
    }
    const split = Buffer.concat([record(22, good.subarray(0, 9)), record(22, good.subarray(9)), DATA]);
    assert.deepEqual(await pass([split]), { out: split, why: undefined });
  });

  for (const [what, bytes, why] of [
    ['another name', record(22, hello(sni('evil.example'))), 'its ClientHello names evil.example'],
    ['no name', record(22, hello()), 'its ClientHello names no server'],
    ['two names', record(22, hello(sni(NAME, 'evil.example'))), 'its ClientHello is malformed'],
    ['a name twice', record(22, hello(sni(NAME), sni('evil.example'))), 'its ClientHello says something twice'],
    ['a name with NUL', record(22, hello(sni(`${NAME}\0.evil`))), `its ClientHello names ${NAME}\0.evil`],
    ['a name with a dot', record(22, hello(sni(`${NAME}.`))), `its ClientHello names ${NAME}.`],
    [
      'a name that is encrypted',
      record(22, hello(sni(NAME), extension(0xfe0d, Buffer.alloc(8)))),
      'its ClientHello is encrypted, so that the name it is for cannot be seen',
    ],
    ['something behind it', record(22, Buffer.concat([good, good])), 'something follows its ClientHello'],
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'it speaks no TLS'],
    ['SSL 2', Buffer.from([0x80, 0x2e, 1, 0, 2, 0, 0, 0]), 'it speaks no TLS'],
    ['data first', DATA, 'it speaks no TLS'],
    ['a record without end', Buffer.from([22, 3, 1, 255, 255]), 'its records are too long'],
    ['a hello without end', record(22, Buffer.from([1, 255, 255, 255, 0])), 'its ClientHello is too long'],
    ['nothing', Buffer.alloc(0), 'it ended before its ClientHello'],
    ['a piece', record(22, good.subarray(0, 9)), 'it speaks no TLS'],
    [
      'data within it',
      Buffer.concat([record(22, good.subarray(0, 9)), DATA, record(22, good.subarray(9))]),
      'it speaks no TLS',
    ],
    [
      'a thousand pieces',
      Buffer.concat([...good].map((byte) => record(22, Buffer.from([byte])))),
      'its ClientHello comes in too many pieces',
    ],
  ] as const) {
    test(`${what} does not pass, nor what follows`, async () => {
      const { out, why: told } = await pass([Buffer.concat([bytes, bytes.length === 0 ? bytes : DATA])]);
      assert.deepEqual([out.length, told], [0, why]);
    });
  }

  test('a second hello is held to the same name, also behind early data', async () => {
    const other = record(22, hello(sni('evil.example')));
    for (const between of [CHANGE, DATA, Buffer.concat([CHANGE, DATA])]) {
      const before = Buffer.concat([record(22, good), between]);
      const { out, why } = await pass([before, other, DATA]);
      assert.deepEqual([out.equals(before), why], [true, 'its ClientHello names evil.example']);
      const cut = await pass([before, other.subarray(0, 6), other.subarray(6), DATA]);
      assert.deepEqual([cut.out.equals(before), cut.why], [true, 'its ClientHello names evil.example']);
      const same = Buffer.concat([before, record(22, good), DATA]);
      assert.deepEqual(await pass([same]), { out: same, why: undefined });
    }
  });

  test('no second hello hides behind an alert, or behind another version', async () => {
    const other = hello(sni('evil.example'));
    const warning = record(21, Buffer.from([1, 90]));
    for (const version of [0x0301, 0x0303, 0x0404]) {
      other.writeUInt16BE(version, 4);
      for (const between of [[], [warning], [CHANGE, warning, warning]]) {
        const before = Buffer.concat([record(22, good), ...between]);
        for (const second of [
          record(22, other),
          Buffer.concat([record(22, other.subarray(0, 5)), record(22, other.subarray(5))]),
          Buffer.concat([record(22, other.subarray(0, 9)), record(22, other.subarray(9))]),
        ]) {
          const { out, why } = await pass([before, second, DATA]);
          assert.deepEqual([out.equals(before), why], [true, 'its ClientHello names evil.example'], String(version));
        }
      }
    }
    const { why } = await pass([record(22, good), ...Array.from({ length: 17 }, () => warning)]);
    assert.equal(why, 'it sends alerts and nothing else');
    const unknown = await pass([record(22, good), record(24, Buffer.alloc(8)), record(22, other)]);
    assert.equal(unknown.why, 'it speaks no TLS');
  });

  test('TLS 1.2 goes on with a handshake in the open, and then in the dark', async () => {
    const exchange = record(22, Buffer.from([16, 0, 0, 2, 9, 9]));
    const finished = record(22, Buffer.from([1, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
    for (const stream of [
      [record(22, good), exchange, CHANGE, finished, DATA],
      [record(22, good), CHANGE, finished, DATA],
    ].map((parts) => Buffer.concat(parts)))
      assert.deepEqual(await pass([stream]), { out: stream, why: undefined });
  });

  test('more than may pass does not', async () => {
    const { why } = await pass([record(22, good), DATA, Buffer.alloc(500)], 400);
    assert.equal(why, 'more than 400 bytes');
  });

  test('what a real client says is read', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', servername: NAME, ALPNProtocols: ['http/1.1'] });
    client.on('error', () => undefined);
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined);
    const said: Buffer[] = [];
    while (said.length === 0 || Buffer.concat(said).length < 5 + Buffer.concat(said).readUInt16BE(3))
      said.push(...((await once(socket, 'data')) as [Buffer]));
    client.destroy();
    server.close();
    const stream = Buffer.concat(said);
    assert.deepEqual(await pass([stream]), { out: stream, why: undefined });
  });

  test('no bytes make the reader throw, and none without the name pass', async () => {
    const start = Buffer.concat([record(22, good), DATA]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.from(start);
          for (const [at, value] of changes) bytes[at] = value;
          const { out } = await pass([bytes]);
          assert.ok(out.length === 0 || out.toString('latin1').toLowerCase().includes(NAME));
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        assert.equal(typeof readHello(Buffer.from(bytes)), 'object');
      }),
      { numRuns: 500 },
    );
  });
});
