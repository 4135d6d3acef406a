import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { tool } from '../../src/index.ts';
import { startOpen } from '../support/open-server.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};

test('hanging up makes no room for more handlers than one caller may have at work', async (t) => {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  let aborted = 0;
  const slow = tool({
    name: 'slow',
    description: 'Does not heed its signal.',
    input: z.strictObject({}),
    output: z.strictObject({ done: z.boolean() }),
    scope: 'text:read',
    effect: 'read',
    async run(_, { signal }) {
      begun += 1;
      signal.addEventListener('abort', () => {
        aborted += 1;
      });
      await gate.promise;
      return { done: true };
    },
  });
  const open = await startOpen({ tools: [slow] }, { limits: { concurrentPerPrincipal: 2 } });
  const call = { name: 'slow', arguments: {} };
  try {
    for (const count of [1, 2]) {
      const abort = new AbortController();
      const left = open.send('tools/call', call, { signal: abort.signal }).catch(() => 'left');
      await until(() => begun === count);
      abort.abort();
      assert.equal(await left, 'left');
      await until(() => aborted === count);
    }
    assert.equal((await open.send('tools/call', call)).status, 429);
    assert.equal(begun, 2);
    gate.resolve();
    let status = 0;
    while (status !== 200 && !t.signal.aborted) ({ status } = await open.send('tools/call', call));
    assert.equal(begun, 3);
  } finally {
    gate.resolve();
    await open.host.close();
  }
});
