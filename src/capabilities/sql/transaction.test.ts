import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { createCall, createRuntime } from '../../../test/support/runtime.ts';
import type { SqlTransaction } from './access.ts';
import { sql } from './sql.ts';
import type { Step } from './transaction.ts';

suite('sql transactions', async () => {
  const schema = `create table notes (id integer primary key, owner text not null, title text unique);
    insert into notes (owner, title) values ('ann', 't1');`;
  const runtime = createRuntime({ sources: { notes: { file: ':memory:', schema } } });
  const handles = [await sql('notes', 'write').open(runtime), await sql('notes', 'read').open(runtime)] as const;
  const [writer, reader] = [handles[0].grant(createCall('ann')), handles[1].grant(createCall('ann'))];
  after(async () => {
    for (const handle of handles) await handle.close();
  });

  test('a transaction is all or nothing', async () => {
    const count = async (): Promise<unknown> => (await reader.get<{ n: number }>`select count(*) as n from notes`)?.n;
    const before = await count();
    const id = await writer.transaction(function* (tx) {
      yield* tx.run`insert into notes (owner, title) values (${'ann'}, ${'tx1'})`;
      const made = yield* tx.get<{ id: number }>`select id from notes where title = ${'tx1'}`;
      assert.equal((yield* tx.all`select id from notes where title = ${'tx1'}`).length, 1);
      return made?.id;
    });
    assert.equal(typeof id, 'number');
    assert.equal(await count(), Number(before) + 1);

    const mistake = new Error('mine');
    await assert.rejects(
      writer.transaction(function* (tx) {
        yield* tx.run`delete from notes`;
        throw mistake;
      }),
      mistake,
    );
    await assert.rejects(
      writer.transaction((tx) => tx.run`commit`),
      { name: 'SqlError', reason: 'denied' },
    );
    await assert.rejects(
      writer.transaction(function* (tx) {
        yield* tx.run`delete from notes`;
        try {
          yield* tx.run`insert into notes (nothing) values (1)`;
        } catch {
          // A failure cannot be overlooked.
        }
        yield* tx.run`delete from notes`;
      }),
      { name: 'SqlError', reason: 'failed' },
    );
    assert.equal(await count(), Number(before) + 1);
  });

  test('a transaction waits for its own statements alone, and runs all of them', async () => {
    const count = async (): Promise<unknown> => (await reader.get<{ n: number }>`select count(*) as n from notes`)?.n;
    const before = await count();
    const works: readonly ((tx: SqlTransaction) => unknown)[] = [
      async () => Promise.reject(new Error('later')),
      () => undefined,
      () => 1,
      async function* (tx) {
        yield* tx.run`delete from notes`;
      },
      function* (tx) {
        yield* tx.run`delete from notes`;
        yield new Promise(() => undefined);
      },
      function* (tx) {
        yield* tx.run`delete from notes`;
        void tx.run`insert into notes (owner) values ('x')`;
      },
    ];
    for (const work of works) {
      await assert.rejects(writer.transaction(work as (tx: SqlTransaction) => Step<void>), {
        name: 'TypeError',
        message: /Write db\.transaction\(function\* \(tx\)/,
      });
    }
    assert.equal(await count(), before);
  });

  test('a transaction that is over does nothing more, and none is within another', async () => {
    const leaked: SqlTransaction[] = [];
    const begun: Step<unknown>[] = [];
    await writer.transaction(function* (tx) {
      leaked.push(tx);
      yield* tx.all`select 1`;
    });
    for (const tx of leaked) assert.throws(() => tx.run`delete from notes`, { message: 'The transaction is over.' });
    assert.equal(leaked.length, 1);
    await assert.rejects(
      writer.transaction(function* (tx) {
        begun.push(tx.run`delete from notes`);
        yield* tx.all`select 1`;
      }),
    );
    for (const step of begun) assert.throws(() => step.next(), { message: 'The transaction is over.' });
    let nested: Promise<unknown> | undefined;
    await writer.transaction(function* (tx) {
      nested = writer.transaction((inner) => inner.all`select 1`);
      nested.catch(() => undefined);
      return yield* tx.all`select 1`;
    });
    await assert.rejects(nested ?? Promise.resolve(), { message: /A transaction is under way/ });
  });
});
