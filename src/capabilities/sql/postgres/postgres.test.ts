import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startPostgres, WITHOUT_POSTGRES, type TestPostgres } from '../../../../test/support/postgres.ts';
import { createCall, createRuntime, type TestCall } from '../../../../test/support/runtime.ts';
import type { Secret, SecretVault } from '../../../secrets/secret.ts';
import type { Capability, CapabilityRuntime, PostgresSource } from '../../capability.ts';
import type { SqlReader, SqlWriter } from '../access.ts';
import { choose, fragment, like, list } from '../fragment.ts';
import { sql } from '../sql.ts';

const SCHEMA = `
  create role reader login password 'r1';
  create role writer login password 'w1';
  create table notes (id bigint generated always as identity primary key, owner text not null, title text unique,
    body text, done boolean, data bytea, big numeric, tags jsonb);
  create sequence counter;
  create function touch() returns int language plpgsql as $$ begin insert into notes (owner) values ('touched'); return 1; end $$;
  create function safe(a int) returns int language sql immutable as 'select a + 1';
  create extension dblink;
  grant select on notes to reader;
  grant select, insert, update, delete on notes to writer;
  grant usage on sequence counter to writer, reader;
  insert into notes (owner, title, body) values ('ann', 't1', '50% off'), ('bob', 't2', 'secret of bob');`;

/** A vault of one password that a test changes. */
function createVault(values: Map<string, string>): SecretVault & { readonly changed: (name: string) => void } {
  const listeners = new Map<string, Set<() => void>>();
  const reveals = new Map<string, string>(values);
  const get = (name: string): Secret => ({
    name,
    hmac: () => Promise.reject(new Error('not asked for')),
    verify: () => Promise.resolve(false),
    toString: () => '[secret]',
    toJSON: () => '[secret]',
  });
  const changed = (name: string): void => {
    reveals.set(name, values.get(name) ?? '');
    for (const listener of listeners.get(name) ?? []) listener();
  };
  return {
    ...createRuntime().secrets,
    names: [...values.keys()],
    get,
    reveal: ({ name }) => Promise.resolve(reveals.get(name) ?? ''),
    watch(name, listener) {
      const own = listeners.get(name) ?? new Set();
      listeners.set(name, own.add(listener));
      return () => own.delete(listener);
    },
    rotate(name) {
      const isNew = reveals.get(name) !== values.get(name);
      if (isNew) changed(name);
      return Promise.resolve(isNew);
    },
    changed,
  };
}

suite('sql on PostgreSQL', { skip: WITHOUT_POSTGRES }, () => {
  let server: TestPostgres;
  const lines: string[] = [];
  const passwords = new Map([
    ['reader', 'r1'],
    ['writer', 'w1'],
    ['super', 'super'],
  ]);
  const vault = createVault(passwords);
  const closers: (() => Promise<void>)[] = [];

  const runtimeOf = (user: string, more: Partial<CapabilityRuntime> = {}, place: object = {}): CapabilityRuntime => {
    const postgres = { socket: server.socket, port: server.port, database: 'postgres', user, password: user, ...place };
    return createRuntime({
      sources: { desk: { postgres } satisfies PostgresSource },
      secrets: vault,
      log: (line) => void lines.push(line),
      ...more,
    });
  };
  const open = async <T>(capability: Capability<T>, runtime: CapabilityRuntime) => {
    const handle = await capability.open(runtime);
    closers.push(async () => handle.close());
    return (call: TestCall = createCall('ann')): T => handle.grant(call);
  };
  let reader: SqlReader;
  let writer: SqlWriter;
  let grantReader: (call?: TestCall) => SqlReader;
  let grantWriter: (call?: TestCall) => SqlWriter;

  before(async () => {
    server = await startPostgres();
    await server.sql(SCHEMA);
    grantReader = await open(sql('desk', 'read', { maxRows: 50, maxBytes: 100_000 }), runtimeOf('reader'));
    grantWriter = await open(sql('desk', 'write'), runtimeOf('writer'));
    reader = grantReader();
    writer = grantWriter();
  });
  after(async () => {
    for (const close of closers) await close();
    await server.stop();
  });

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

  test('a reader cannot write, whatever its author wrote', async () => {
    const facts = async () =>
      server.sql(`select (select count(*) from notes) as notes, (select last_value from counter) as counter,
      (select count(*) from pg_largeobject_metadata) as objects, (select count(*) from pg_class) as relations`);
    const before = await facts();
    const role = await open(sql('desk', 'read'), runtimeOf('super'));
    const attempts: readonly ((db: SqlReader) => Promise<unknown>)[] = [
      (db) => db.all`insert into notes (owner) values ('x')`,
      (db) => db.all`insert into notes (owner) values ('x') returning id`,
      (db) => db.all`update notes set owner = 'x'`,
      (db) => db.all`delete from notes`,
      (db) => db.all`with x as (delete from notes returning id) select * from x`,
      (db) => db.all`with x as (insert into notes (owner) values ('x') returning id) select * from x`,
      (db) => db.all`merge into notes n using (select 1) s on true when matched then delete`,
      (db) => db.all`select * into stolen from notes`,
      (db) => db.all`select * into temp stolen from notes`,
      (db) => db.all`select * from notes for update`,
      (db) => db.all`truncate notes`,
      (db) => db.all`create table t (a int)`,
      (db) => db.all`create temp table t (a int)`,
      (db) => db.all`drop table notes`,
      (db) => db.all`select nextval('counter')`,
      (db) => db.all`select setval('counter', 99)`,
      (db) => db.all`select pg_catalog."nextval" ('counter')`,
      (db) => db.all`select nextval /* x */ ('counter')`,
      (db) => db.all`select touch()`,
      (db) => db.all`select "touch"()`,
      (db) => db.all`select * from touch()`,
      (db) => db.all`select lo_create(0)`,
      (db) => db.all`select lo_from_bytea(0, 'x')`,
      (db) => db.all`select lo_import('/etc/hostname')`,
      (db) => db.all`select set_config('default_transaction_read_only', 'off', false)`,
      (db) => db.all`select set_config('transaction_read_only', 'off', true)`,
      (db) => db.all`set transaction read write`,
      (db) => db.all`set session characteristics as transaction read write`,
      (db) => db.all`set default_transaction_read_only = off`,
      (db) => db.all`reset all`,
      (db) => db.all`commit`,
      (db) => db.all`rollback`,
      (db) => db.all`begin`,
      (db) => db.all`end`,
      (db) => db.all`abort`,
      (db) => db.all`savepoint a`,
      (db) => db.all`prepare transaction 'x'`,
      (db) => db.all`do 'begin delete from notes; end'`,
      (db) => db.all`call touch()`,
      (db) => db.all`execute x`,
      (db) => db.all`copy notes to program 'cat > /tmp/never'`,
      (db) => db.all`copy notes to stdout`,
      (db) => db.all`copy notes from stdin`,
      (db) => db.all`copy (select 1) to '/tmp/never'`,
      (db) => db.all`explain analyze delete from notes`,
      (db) => db.all`listen x`,
      (db) => db.all`notify x`,
      (db) => db.all`select pg_notify('x', 'y')`,
      (db) => db.all`lock table notes`,
      (db) => db.all`select pg_advisory_lock(1)`,
      (db) => db.all`select pg_try_advisory_lock(1)`,
      (db) => db.all`select pg_read_file('/etc/passwd')`,
      (db) => db.all`select pg_ls_dir('/')`,
      (db) => db.all`select pg_sleep(10)`,
      (db) => db.all`select pg_terminate_backend(1)`,
      (db) => db.all`select pg_reload_conf()`,
      (db) => db.all`select pg_logical_emit_message(true, 'a', 'b')`,
      (db) => db.all`select query_to_xml('delete from notes', true, true, '')`,
      (db) => db.all`select * from dblink('dbname=postgres', 'delete from notes') as t(a text)`,
      (db) => db.all`select dblink_exec('dbname=postgres', 'delete from notes')`,
      (db) => db.all`security label on table notes is 'x'`,
      (db) => db.all`vacuum`,
      (db) => db.all`discard all`,
      (db) => db.all`alter role reader superuser`,
      (db) => db.all`grant all on notes to public`,
      (db) => db.all`; delete from notes`,
      (db) => db.all``,
    ];
    for (const db of [reader, role()]) {
      for (const attempt of attempts)
        await assert.rejects(
          attempt(db),
          (error: Error) => /^(?:SqlError|TypeError)$/.test(error.name),
          attempt.toString(),
        );
    }
    assert.deepEqual(await facts(), before);
    // The connections are as they were.
    for (let i = 0; i < 12; i++) {
      const state = await reader.get`select current_setting('transaction_read_only') as now,
        current_setting('default_transaction_read_only') as always, current_setting('search_path') as path`;
      assert.deepEqual({ ...state }, { now: 'on', always: 'on', path: '"$user", public' });
    }
    assert.equal((await reader.get<{ n: number }>`select safe(1) as n, random(), now(), gen_random_uuid()`)?.n, 2);
  });

  test('a writer changes rows, and nothing else', async () => {
    const attempts: readonly (() => Promise<unknown>)[] = [
      () => writer.run`create table t (a int)`,
      () => writer.run`select * into stolen from notes`,
      () => writer.run`commit`,
      () => writer.run`set role postgres`,
      () => writer.run`copy notes to program 'true'`,
      () => writer.run`select set_config('role', 'postgres', false)`,
      () => writer.run`select pg_advisory_lock(1)`,
      () => writer.run`select lo_create(0)`,
      () => writer.run`select dblink_connect('dbname=postgres')`,
      () => writer.transaction((tx) => tx.run`commit`),
      () => writer.transaction((tx) => tx.run`set local statement_timeout = 0`),
    ];
    for (const attempt of attempts)
      await assert.rejects(attempt(), { name: 'SqlError', reason: 'denied' }, attempt.toString());
    // What the owner of the database has written may be called.
    assert.deepEqual({ ...(await writer.get`select touch() as n, nextval('counter') as next`) }, { n: 1, next: 1 });
    assert.equal((await writer.run`delete from notes where owner = ${'touched'}`).changes, 1);
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
    await assert.rejects(reader.all`select repeat('x', ${200_000_000}::int)`, { reason: 'too-large' });
    await assert.rejects(reader.get`select repeat('x', ${200_000_000}::int)`, { reason: 'too-large' });
    assert.equal((await reader.get<{ i: number }>`select i from generate_series(1, 1000) i`)?.i, 1);
    // An answer that is too large has changed nothing.
    const small = await open(sql('desk', 'write', { maxRows: 1 }), runtimeOf('writer'));
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
    const brief = await open(sql('desk', 'read', { timeout: '300ms' }), runtimeOf('reader'));
    const slow = (db: SqlReader) =>
      db.all`select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b`;
    lines.length = 0;
    await assert.rejects(slow(brief()), { name: 'SqlError', reason: 'timeout' });
    assert.deepEqual(lines, ['sql desk: canceling statement due to statement timeout']);
    const active = () => server.sql(`select 1 from pg_stat_activity where usename = 'reader' and state = 'active'`);
    const call = createCall('ann');
    const running = slow(grantReader(call));
    while ((await active()).length === 0);
    await call.end('gone');
    await assert.rejects(running, { name: 'SqlError', reason: 'cancelled' });
    while ((await active()).length > 0);
    await assert.rejects(grantReader(call).all`select 1`, { reason: 'cancelled' });
    assert.equal((await reader.all`select 1`).length, 1);
  });

  test('connections are few, and a call waits its turn', async () => {
    const few = await open(sql('desk', 'read'), runtimeOf('reader', {}, { connections: 2 }));
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => few().get<{ i: number }>`select ${i}::int as i`),
    );
    assert.deepEqual(
      all.map((row) => row?.i),
      Array.from({ length: 100 }, (_, i) => i),
    );
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
    const left = grantWriter(call).transaction(function* (tx) {
      yield* tx.run`delete from notes`;
      yield* tx.all`select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b`;
    });
    while (
      (await server.sql(`select 1 from pg_stat_activity where usename = 'writer' and query like '%100000) a%'`))
        .length === 0
    );
    await call.end('gone');
    await assert.rejects(left, { reason: 'cancelled' });
    assert.deepEqual(await titles(), [...before, 'tx']);
    await writer.run`delete from notes where title = 'tx'`;
  });

  test('a lock that is held is waited for briefly', async () => {
    const holding = server.sql(`begin; lock table notes; select pg_sleep(4); rollback`);
    while (
      (await server.sql(`select 1 from pg_locks where relation = 'notes'::regclass and mode = 'AccessExclusiveLock'`))
        .length === 0
    );
    await assert.rejects(writer.run`update notes set body = 'x'`, { name: 'SqlError', reason: 'busy' });
    await holding;
  });

  test('errors say nothing of the SQL, the log does', async () => {
    lines.length = 0;
    await assert.rejects(writer.run`insert into notes (owner, title) values ('x', ${'t1'})`, (error: Error) => {
      assert.equal(error.message, 'The data does not meet a constraint of the database.');
      assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('notes_title'), false);
      assert.equal(error.cause, undefined);
      return true;
    });
    assert.deepEqual(lines, ['sql desk: duplicate key value violates unique constraint "notes_title_key"']);
    await assert.rejects(reader.all`select ${'a\u0000b'}::text`, { name: 'SqlError', reason: 'failed' });
  });

  test('a rotated password: new connections have it, calls under way and after are served', async () => {
    const grant = await open(sql('desk', 'read'), runtimeOf('reader', {}, { connections: 4 }));
    const seen = { served: 0, failed: 0, over: false };
    const load = async (): Promise<void> => {
      while (!seen.over) {
        await grant().get`select ${seen.served}::int as i`.then(
          () => (seen.served += 1),
          () => (seen.failed += 1),
        );
      }
    };
    const more = async (count: number): Promise<void> => {
      for (const until = seen.served + count; seen.served < until; )
        await new Promise((resolve) => void setImmediate(resolve));
    };
    const loads = Array.from({ length: 6 }, load);
    for (let round = 2; round <= 6; round++) {
      await server.sql(`alter role reader password 'r${round}'`);
      passwords.set('reader', `r${round}`);
      // Every other time nobody tells: the refused connection makes the vault look again.
      if (round % 2 === 0) vault.changed('reader');
      await more(100);
    }
    seen.over = true;
    await Promise.all(loads);
    assert.equal(seen.failed, 0);
    assert.ok(seen.served >= 500);
    const fresh = await open(sql('desk', 'read'), runtimeOf('reader'));
    assert.equal((await fresh().all`select 1`).length, 1);
  });

  test('what a role may do beyond its need is told, and production refuses a superuser', async () => {
    const production = { profile: 'production' } as const;
    lines.length = 0;
    await open(sql('desk', 'read'), runtimeOf('reader'));
    assert.deepEqual(lines, []);
    await open(sql('desk', 'read'), runtimeOf('writer'));
    assert.deepEqual(lines, [
      'sources.desk.postgres.user: tools read here, and "writer" may change 1 tables. Grant select alone.',
    ]);
    await server.sql(`grant pg_read_server_files to writer`);
    await assert.rejects(async () => sql('desk', 'write').open(runtimeOf('writer', production)), {
      name: 'TypeError',
      message: /"writer" has pg_read_server_files, which no tool needs/,
    });
    await server.sql(`revoke pg_read_server_files from writer`);
    await assert.rejects(async () => sql('desk', 'read').open(runtimeOf('super', production)), {
      name: 'TypeError',
      message: 'sources.desk.postgres.user: "super" is a superuser. Make a role with the rights that it needs.',
    });
    await open(sql('desk', 'write'), runtimeOf('writer', production));
  });

  test('places are checked', async () => {
    const production = { profile: 'production' } as const;
    const bad: readonly (readonly [object, RegExp, Partial<CapabilityRuntime>?])[] = [
      [{ host: 'db.example', socket: undefined }, /postgres\.tls: missing/, production],
      [{ host: 'x' }, /give "host" or "socket", not both/],
      [{ port: 0 }, /postgres\.port/],
      [{ connections: 0 }, /postgres\.connections/],
      [{ tls: { ca: 'x' } }, /postgres\.tls\.ca/],
      [{ user: '' }, /postgres\.user: missing/],
      [{ databse: 'x' }, /databse/],
      [{ socket: 'relative' }, /absolute folder/],
    ];
    for (const [place, message, more] of bad) {
      await assert.rejects(
        async () => sql('desk', 'read').open(runtimeOf('reader', more ?? {}, place)),
        { name: 'TypeError', message },
        JSON.stringify(place),
      );
    }
    const nowhere = runtimeOf('reader', {}, { socket: '/nonexistent' });
    await assert.rejects(
      async () => sql('desk', 'read').open(nowhere),
      /sources\.desk: \/nonexistent cannot be used \(ENOENT\)/,
    );
    passwords.set('wrong', 'wrong');
    vault.changed('wrong');
    const denied = runtimeOf('reader', {}, { password: 'wrong' });
    await assert.rejects(async () => sql('desk', 'read').open(denied), /cannot be used \(28P01\)/);
  });
});
