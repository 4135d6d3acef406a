import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import * as z from 'zod';
import { sql, state, tool } from '../../src/index.ts';
import { startOpen } from '../support/open-server.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};

test('what a handler does after its call is over changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'late-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'notes.db');
  const schema = 'create table if not exists notes (what text)';
  let gate = Promise.withResolvers<void>();
  const tried: PromiseSettledResult<unknown>[][] = [];
  let begun = 0;

  const change = tool({
    name: 'change',
    description: 'Changes things at once, when it is cleaned up, and when it is too late.',
    input: z.strictObject({ waits: z.boolean() }),
    output: z.strictObject({ done: z.boolean() }),
    scope: 'notes:write',
    effect: 'write',
    needs: { db: sql('notes', 'write'), kept: state<string>('1h') },
    async run({ waits }, { db, kept, defer }) {
      // Deferred before anything is used: it may use all of it still.
      defer(async () => {
        await db.run`insert into notes values ('at the end')`;
      });
      const handle = await kept.create('first');
      await db.run`insert into notes values ('in time')`;
      const late = async () => {
        await gate.promise;
        tried.push(
          await Promise.allSettled([
            db.run`insert into notes values ('late')`,
            db.get`insert into notes values ('late') returning what`,
            db.transaction(function* (tx) {
              return yield* tx.run`insert into notes values ('late')`;
            }),
            kept.create('late'),
            kept.update(handle, () => 'late'),
            kept.delete(handle),
          ]),
        );
      };
      begun += 1;
      const working = late();
      if (waits) await working;
      return { done: true };
    },
  });
  const open = await startOpen({ tools: [change] }, { sources: { notes: { file, schema } } });
  const call = (waits: boolean, signal?: AbortSignal) =>
    open.send('tools/call', { name: 'change', arguments: { waits } }, signal === undefined ? {} : { signal });
  const what = () => {
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare('select what from notes order by rowid').all();
    database.close();
    return rows.map((row) => row['what']);
  };
  try {
    assert.equal((await call(false)).status, 200);
    gate.resolve();
    await until(() => tried.length === 1);
    assert.deepEqual(what(), ['in time', 'at the end']);

    gate = Promise.withResolvers<void>();
    const abort = new AbortController();
    const left = call(true, abort.signal).catch(() => 'left');
    await until(() => begun === 2);
    abort.abort();
    assert.equal(await left, 'left');
    await until(() => what().length === 4);
    gate.resolve();
    await until(() => tried.length === 2);
    assert.deepEqual(what(), ['in time', 'at the end', 'in time', 'at the end']);
    for (const attempts of tried)
      assert.deepEqual(
        attempts.map(({ status }) => status),
        Array.from({ length: 6 }, () => 'rejected'),
      );
  } finally {
    gate.resolve();
    await open.host.close();
  }
});
