import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insecureWithoutDeadline } from '../insecure.ts';
import { proveSlice } from './prove.ts';
import type { Slice } from './slice.ts';
import { SLICES } from './slices.ts';
import { closeSharedIssuer, startTarget } from './target.ts';
import { behindGateway, closeUpstreams, gatherUpstreams, reasonNoGateway } from './upstream.ts';

const missing = await reasonNoGateway();
const skip = missing === undefined ? false : `needs the Debian package bubblewrap: ${missing}`;

after(async () => {
  await closeUpstreams();
  await closeSharedIssuer();
});

async function load(id: string): Promise<Slice> {
  const slice = await SLICES.get(id)?.();
  assert.ok(slice);
  return slice;
}

test('a slice whose tools ask is proven while a call of another slice waits at its upstream', { skip }, async () => {
  await gatherUpstreams(['deadline', 'reverse-channels']);
  const way = { transport: 'http', era: 'modern', gateway: true } as const;
  const { bad } = await load('deadline');
  const off = [insecureWithoutDeadline];
  const { target, stop } = await startTarget(await behindGateway('deadline', 'bad', bad, off), off, way);
  const leaves = new AbortController();
  const connection = await target.connect();
  const works = Promise.withResolvers<void>();
  const endless = connection.request(
    'tools/call',
    { name: 'crawl', arguments: {} },
    { meta: { progressToken: 'one' }, signal: leaves.signal, onNotification: () => works.resolve() },
  );
  await Promise.race([works.promise, endless]);
  const asking = await load('reverse-channels');
  const { holds, good, on } = await proveSlice(asking, { transport: 'stdio', era: 'legacy', gateway: true });
  leaves.abort();
  await endless;
  await connection.close();
  await stop();
  assert.ok(holds, `good: ${good.why}; on: ${on.why}`);
});
