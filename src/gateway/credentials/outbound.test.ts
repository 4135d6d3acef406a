import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { listen } from '../../../test/support/roamer.ts';
import { createOutbound } from './outbound.ts';

const MOST = 10_000_000;

test('an answer that is read keeps no more than its own bytes, whatever comes in its chunks beside them', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let written = 0;
  const chunk = `1;x=${'a'.repeat(60_000)}\r\n \r\n`;
  const ear = await listen((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
      for (let n = 0; n < 500; n++) socket.write(chunk, () => void (written += 1));
    }),
  );
  const outbound = createOutbound({ weakened: new Set(), mayLoopback: () => true, rangesOf: () => [] });
  const answer = outbound.fetch(`http://127.0.0.1:${ear.port}/x`, { method: 'GET', headers: {} });
  const state = { isOver: false };
  const ended = assert.rejects(answer).then(() => (state.isOver = true));
  t.after(async () => {
    await outbound.close();
    await ended;
    ear.close();
  });
  await eventually(() => written === 500);
  // What is garbage goes in its time; what is kept does not go before the answer is given up.
  const kept = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  await eventually(() => state.isOver || kept() < MOST);
  assert.equal(state.isOver, false);
});
