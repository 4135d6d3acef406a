import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { listen } from '../../../test/support/roamer.ts';
import { EventReader } from './events.ts';
import { readPlace } from './place.ts';
import { openWire } from './wire.ts';

/** What comes of an answer that is sent in such chunks, as it is given on. */
async function receive(t: TestContext, chunk: string, count: number): Promise<readonly Buffer[]> {
  const ear = await listen((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
      for (let n = 0; n < count; n++) socket.write(chunk);
      socket.write('0\r\n\r\n');
    });
  });
  const wire = openWire(readPlace('up', { url: `http://127.0.0.1:${ear.port}/mcp` }));
  t.after(async () => {
    await wire.close();
    ear.close();
  });
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    wire.send(
      { method: 'POST', headers: {}, body: '{}' },
      { start: () => undefined, data: (each) => void chunks.push(each), end: resolve, failed: reject },
    );
  });
  return chunks;
}

function kept(parts: readonly Buffer[]): number {
  return [...new Set(parts.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

test('a body keeps no more than its own bytes, whatever comes in its chunks beside them', async (t) => {
  const chunks = await receive(t, `1;x=${'a'.repeat(60_000)}\r\n \r\n`, 40);
  assert.equal(Buffer.concat(chunks).toString(), ' '.repeat(40));
  assert.ok(kept(chunks) <= 80, `${kept(chunks)} bytes are kept for 40`);
});

test('an event keeps no more than its own bytes, whatever comments stand beside them', () => {
  const events: Buffer[] = [];
  const reader = new EventReader(8 * 1024 * 1024, ({ data }) => void events.push(data));
  reader.write(Buffer.alloc(65_536, `data: a\n:${'c'.repeat(65_536)}`));
  reader.write(Buffer.from('\n\n'));
  assert.equal(events.join(), 'a');
  assert.equal(kept(events), 1);
});
