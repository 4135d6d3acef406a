import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readBody } from './body.ts';

const MIB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of an answer, one by one, each in a buffer of its own with much beside it, as extensions of chunks are. */
async function* crumbs(count: number, done: () => void): AsyncGenerator<Buffer> {
  for (let n = 0; n < count; n++) yield Buffer.alloc(MIB, 'a').subarray(0, 1);
  done();
}

test('an answer in crumbs keeps its own bytes, and not what came beside them', async () => {
  collect();
  const before = process.memoryUsage().arrayBuffers;
  let kept = Number.NaN;
  const body = Readable.from(
    crumbs(128, () => {
      collect();
      kept = process.memoryUsage().arrayBuffers - before;
    }),
  );
  assert.equal((await readBody(body, undefined, 1_000)).toString(), 'a'.repeat(128));
  assert.ok(kept < 64 * MIB, `${kept} bytes are kept for 128`);
});
