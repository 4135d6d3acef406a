import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as z from 'zod';
import { resultOf } from '../src/audit/judge.ts';
import { server, tool } from '../src/index.ts';
import { isObject } from '../src/protocol/json.ts';
import { closeSharedIssuer, startTarget } from '../src/prove/target.ts';

after(() => closeSharedIssuer());

test('a list is cut into pages that are no larger than an answer may be', { timeout: 60_000 }, async (t) => {
  const names = Array.from({ length: 20 }, (_, n) => `tool_${n}`);
  const tools = names.map((name) =>
    tool({
      name,
      description: `${name} ${'says a lot of itself. '.repeat(40)}`,
      input: z.strictObject({}),
      output: z.strictObject({}),
      scope: 'own:use',
      effect: 'read',
      run: () => ({}),
    }),
  );
  const definition = server({ name: 'wordy', version: '1.0.0', tools });
  const deployment = { limits: { resultBytes: 8_000 } };
  const running = await startTarget({ server: definition.options, deployment }, [], {
    transport: 'http',
    era: 'modern',
  });
  t.after(running.stop);
  assert.equal(running.target.refusedToStart, undefined);
  const connection = await running.target.connect();
  const listed: unknown[] = [];
  let [cursor, pages] = [undefined as unknown, 0];
  do {
    const result = resultOf(await connection.request('tools/list', cursor === undefined ? {} : { cursor }));
    assert.ok(Array.isArray(result?.['tools']), JSON.stringify(result));
    listed.push(...result['tools'].map((each: unknown) => (isObject(each) ? each['name'] : undefined)));
    cursor = result['nextCursor'];
    pages += 1;
  } while (cursor !== undefined);
  assert.deepEqual(listed, names);
  assert.ok(pages > 1 && pages < 10, String(pages));
});
