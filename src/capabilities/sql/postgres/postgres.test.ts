import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { WITHOUT_POSTGRES } from '../../../../test/support/postgres.ts';
import { createCall } from '../../../../test/support/runtime.ts';
import { startDesk, type Desk } from '../../../../test/support/sql-desk.ts';
import type { SqlReader, SqlWriter } from '../access.ts';
import { choose, fragment, like, list } from '../fragment.ts';
import { sql } from '../sql.ts';

suite('sql on PostgreSQL', { skip: WITHOUT_POSTGRES }, () => {
  let desk: Desk;
  let reader: SqlReader;
  let writer: SqlWriter;

  before(async () => {
    desk = await startDesk();
    reader = desk.grantReader();
    writer = desk.grantWriter();
  });
  after(() => desk.stop());

  test('every kind of value comes back as it went', async () => {
    const made = await writer.get<{ id: number }>`
      insert into notes (owner, title, body, done, data, big, tags) values
        (${'ann'}, ${'kinds'}, ${"o'brien \\ \u2603"}, ${true}, ${new Uint8Array([0, 1, 255])}, ${12.5}, ${'{"a":[1]}'})
      returning id`;
    const row = await reader.get`
      select owner, body, done, data, big, tags, id + 9007199254740993 as wide, null as nothing, 1.5::float8 as real
      from notes where id = ${made?.id ?? 0}`;
    assert.deepEqual(
      { ...row },
      {
        owner: 'ann',
        body: "o'brien \\ \u2603",
        done: true,
        data: new Uint8Array([0, 1, 255]),
        big: '12.5',
        tags: '{"a": [1]}',
        wide: 9007199254740993n + BigInt(made?.id ?? 0),
        nothing: null,
        real: 1.5,
      },
    );
    assert.deepEqual(await writer.run`update notes set done = ${false} where id = ${made?.id ?? 0}`, {
      changes: 1,
      lastId: undefined,
    });
    assert.deepEqual(await writer.run`delete from notes where title = ${'kinds'}`, { changes: 1, lastId: undefined });
    assert.equal(await reader.get`select 1 from notes where id = ${-1}`, undefined);
    for (const value of [undefined, Number.NaN, {}, [], Symbol('x'), new Date(0)])
      await assert.rejects(reader.all`select ${value as unknown as string}`, {
        name: 'TypeError',
        message: /^Value 1 /,
      });
  });

  test('fragments mean what they mean on SQLite', async () => {
    const owners = async (where: ReturnType<typeof fragment>) =>
      (await reader.all<{ owner: string }>`select owner from notes where ${where} order by id`).map(
        ({ owner }) => owner,
      );
    assert.deepEqual(await owners(fragment`body like ${like('50%')}`), ['ann']);
    assert.deepEqual(await owners(fragment`body like ${like('5%f')}`), []);
    assert.deepEqual(await owners(fragment`body like ${like('\u0000')}`), []);
    assert.deepEqual(await owners(fragment`owner in ${list(['bob', 'x'])}`), ['bob']);
    assert.deepEqual(await owners(fragment`owner in ${list([])}`), []);
    assert.deepEqual(await owners(fragment`id in ${list([1, 2])}`), ['ann', 'bob']);
    await assert.rejects(owners(fragment`id not in ${list([])}`), { message: /no "not in" of nothing/ });
    const order = { newest: fragment`id desc`, owner: fragment`owner` };
    const first = async (by: string) =>
      (await reader.get<{ owner: string }>`select owner from notes order by ${choose(by, order)}`)?.owner;
    assert.equal(await first('newest'), 'bob');
    assert.equal(await first('owner'), 'ann');
    for (const by of ['id; drop table notes', 'toString', '__proto__', ''])
      assert.throws(() => choose(by, order), { name: 'PublicError', message: 'Choose one of newest, owner.' });
  });

  test('escape strings, dollar quotes and placeholders of its own are refused', async () => {
    const forged: readonly ((db: SqlReader) => Promise<unknown>)[] = [
      (db) => db.all`select E'\\'' || ${'x'}`,
      (db) => db.all`select e'\\'${'x'}'`,
      (db) => db.all`select 1&u&'x' ${'x'}`,
      (db) => db.all`select U&"\\0061" from notes`,
      (db) => db.all`select $$ ${'x'} $$`,
      (db) => db.all`select $a$ ${'x'} $a$`,
      (db) => db.all`select $1`,
      (db) => db.all`select '${'x'}'`,
      (db) => db.all`select 1 -- ${'x'}`,
      (db) => db.all`select /* /* */ ${'x'} */ 1`,
    ];
    for (const attempt of forged) await assert.rejects(attempt(reader), { name: 'TypeError' }, attempt.toString());
    // A carriage return ends a comment here.
    const row = await reader.get<{ a: string }>`select 1, -- it's
      ${'x'}::text as a, data ? ${'k'} as has from (select '{"k":1}'::jsonb as data) s limit ${1}`;
    assert.equal(row?.a, 'x');
    await assert.rejects(reader.all('select 1' as unknown as TemplateStringsArray), { message: /tagged template/ });
  });

  test('too much, too long and too many end cleanly', async () => {
    const rows = (n: number) => reader.all`select generate_series(1, ${n}::int) as i`;
    assert.equal((await rows(50)).length, 50);
    await assert.rejects(rows(51), { reason: 'too-large' });
    await assert.rejects(rows(100_000_000), { reason: 'too-large' });
    await assert.rejects(reader.all`select repeat('x', ${100_001}::int)`, { reason: 'too-large' });
    // One row larger than the memory that it may take: the connection is cut, and the next one is another.
    await assert.rejects(reader.all`select repeat('x', ${20_000_000}::int)`, { reason: 'too-large' });
    await assert.rejects(reader.get`select repeat('x', ${20_000_000}::int)`, { reason: 'too-large' });
    assert.equal((await reader.get<{ i: number }>`select i from generate_series(1, 1000) i`)?.i, 1);
    const one = await desk.open(
      sql('desk', 'read', { maxBytes: 1000 }),
      desk.runtimeOf('reader', {}, { connections: 1 }),
    );
    const pid = async () => (await one().get<{ pid: number }>`select pg_backend_pid() as pid`)?.pid;
    const before = await pid();
    await assert.rejects(one().all`select repeat('x', 2000)`, { reason: 'too-large' });
    assert.equal(await pid(), before);
    await assert.rejects(one().all`select repeat('x', 20000000)`, { reason: 'too-large' });
    assert.notEqual(await pid(), before);
    // An answer that is too large has changed nothing.
    const small = await desk.open(sql('desk', 'write', { maxRows: 1 }), desk.runtimeOf('writer'));
    await assert.rejects(small().all`update notes set body = 'gone' returning id`, { reason: 'too-large' });
    assert.equal((await reader.all`select id from notes where body = 'gone'`).length, 0);
    const values = Array.from(
      { length: 140 },
      () => fragment`owner in ${list(Array.from({ length: 500 }, () => 'x'))}`,
    );
    const [first = fragment``, ...rest] = values;
    const all = rest.reduce((sum, next, index) => (index % 14 === 0 ? fragment`${sum} or ${next}` : sum), first);
    assert.deepEqual(await reader.all`select id from notes where ${all}`, []);
  });

  test('the server itself ends what takes too long, and a call that ends takes its statement with it', async () => {
    const brief = await desk.open(sql('desk', 'read', { timeout: '300ms' }), desk.runtimeOf('reader'));
    const slow = (db: SqlReader) =>
      db.all`select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b`;
    desk.lines.length = 0;
    await assert.rejects(slow(brief()), { name: 'SqlError', reason: 'timeout' });
    assert.deepEqual(desk.lines, ['sql desk: canceling statement due to statement timeout']);
    const active = () =>
      desk.server.sql(`select 1 from pg_stat_activity where usename = 'reader' and state = 'active'`);
    const call = createCall('ann');
    const running = slow(desk.grantReader(call));
    while ((await active()).length === 0);
    await call.end('gone');
    await assert.rejects(running, { name: 'SqlError', reason: 'cancelled' });
    while ((await active()).length > 0);
    await assert.rejects(desk.grantReader(call).all`select 1`, { reason: 'cancelled' });
    assert.equal((await reader.all`select 1`).length, 1);
  });

  test('a transaction is all or nothing, on one connection', async () => {
    const titles = async () =>
      (await reader.all<{ title: string }>`select title from notes order by id`).map((row) => row.title);
    const before = await titles();
    const made = await writer.transaction(function* (tx) {
      yield* tx.run`insert into notes (owner, title) values ('ann', 'tx')`;
      const row = yield* tx.get<{ id: number }>`select id from notes where title = 'tx'`;
      return row?.id;
    });
    assert.equal(typeof made, 'number');
    const works: readonly Promise<unknown>[] = [
      writer.transaction(function* (tx) {
        yield* tx.run`delete from notes`;
        throw new Error('mine');
      }),
      writer.transaction(function* (tx) {
        yield* tx.run`delete from notes`;
        try {
          yield* tx.run`insert into notes (title) values ('no owner')`;
        } catch {
          // A failure cannot be overlooked.
        }
      }),
      writer.transaction(function* (tx) {
        yield* tx.run`delete from notes`;
        void tx.run`delete from notes`;
      }),
      writer.transaction((tx) => tx.run`delete from nothing`),
    ];
    const settled = await Promise.allSettled(works);
    assert.deepEqual(
      settled.map((each) => (each.status === 'rejected' ? String(each.reason).split('\n')[0]?.slice(0, 60) : 'done')),
      [
        'Error: mine',
        'SqlError: The data does not meet a constraint of the databas',
        'TypeError: A statement of the transaction was not run: yield',
        'SqlError: The query failed.',
      ],
    );
    assert.deepEqual(await titles(), [...before, 'tx']);
    const call = createCall('ann');
    const left = desk.grantWriter(call).transaction(function* (tx) {
      yield* tx.run`delete from notes`;
      yield* tx.all`select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b`;
    });
    while (
      (await desk.server.sql(`select 1 from pg_stat_activity where usename = 'writer' and query like '%100000) a%'`))
        .length === 0
    );
    await call.end('gone');
    await assert.rejects(left, { reason: 'cancelled' });
    assert.deepEqual(await titles(), [...before, 'tx']);
    await writer.run`delete from notes where title = 'tx'`;
  });

  test('a lock that is held is waited for briefly', async () => {
    const holding = desk.server.sql(`begin; lock table notes; select pg_sleep(4); rollback`);
    while (
      (
        await desk.server.sql(
          `select 1 from pg_locks where relation = 'notes'::regclass and mode = 'AccessExclusiveLock'`,
        )
      ).length === 0
    );
    await assert.rejects(writer.run`update notes set body = 'x'`, { name: 'SqlError', reason: 'busy' });
    await holding;
  });

  test('errors say nothing of the SQL, the log does', async () => {
    desk.lines.length = 0;
    await assert.rejects(writer.run`insert into notes (owner, title) values ('x', ${'t1'})`, (error: Error) => {
      assert.equal(error.message, 'The data does not meet a constraint of the database.');
      assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('notes_title'), false);
      assert.equal(error.cause, undefined);
      return true;
    });
    assert.deepEqual(desk.lines, ['sql desk: duplicate key value violates unique constraint "notes_title_key"']);
    await assert.rejects(reader.all`select ${'a\u0000b'}::text`, { name: 'SqlError', reason: 'failed' });
  });
});
