import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../pipeline/limits.ts';
import { listen } from './listen.ts';

const AN_HOUR = 3_600_000;

test('closing waits neither for a connection that was never used nor for one that is idle', {
  timeout: 60_000,
}, async () => {
  const { server, port, close } = await listen({}, DEFAULT_LIMITS, () => (_, response) => void response.end());
  const unused = connect(port, '127.0.0.1');
  unused.on('error', () => undefined).resume();
  await once(server, 'connection');
  const ended = once(unused, 'close');
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  await close(AN_HOUR);
  await ended;
});

test('closing lets a request in progress end', { timeout: 60_000 }, async () => {
  let closing: Promise<void> | undefined;
  const { port, close } = await listen({}, DEFAULT_LIMITS, () => (_, response) => {
    closing = close(AN_HOUR);
    response.end('whole');
  });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await response.text(), 'whole');
  await closing;
});
