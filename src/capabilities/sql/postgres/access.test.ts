import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { WITHOUT_POSTGRES } from '../../../../test/support/postgres.ts';
import { createCall } from '../../../../test/support/runtime.ts';
import { startDesk, type Desk } from '../../../../test/support/sql-desk.ts';
import type { CapabilityRuntime } from '../../capability.ts';
import type { SqlReader, SqlWriter } from '../access.ts';
import { sql } from '../sql.ts';

suite('what a PostgreSQL source may do', { skip: WITHOUT_POSTGRES }, () => {
  let desk: Desk;
  let reader: SqlReader;
  let writer: SqlWriter;

  before(async () => {
    desk = await startDesk();
    reader = desk.grantReader();
    writer = desk.grantWriter();
  });
  after(() => desk.stop());

  test('a reader cannot write, whatever its author wrote', async () => {
    const facts = async () =>
      desk.server.sql(`select (select count(*) from notes) as notes, (select last_value from counter) as counter,
      (select count(*) from pg_largeobject_metadata) as objects, (select count(*) from pg_class) as relations`);
    const before = await facts();
    const role = await desk.open(sql('desk', 'read'), desk.runtimeOf('super'));
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
      (db) => db.all`copy notes to program 'cat > never'`,
      (db) => db.all`copy notes to stdout`,
      (db) => db.all`copy notes from stdin`,
      (db) => db.all`copy (select 1) to '/var/never'`,
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
      () => writer.run`with rows as (select 1 as a) select a into stolen from rows`,
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

  test('connections are few, and a call waits its turn', async () => {
    const few = await desk.open(sql('desk', 'read'), desk.runtimeOf('reader', {}, { connections: 2 }));
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => few().get<{ i: number }>`select ${i}::int as i`),
    );
    assert.deepEqual(
      all.map((row) => row?.i),
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  test('tools that read share their connections, which end with the last of them', async () => {
    const runtime = desk.runtimeOf('reader', {}, { connections: 3 });
    const handles = [await sql('desk', 'read').open(runtime), await sql('desk', 'read').open(runtime)] as const;
    const names = async () =>
      (await desk.server.sql(`select count(*)::int as n from pg_stat_activity where usename = 'reader'`))[0]?.['n'];
    const before = Number(await names());
    const calls = handles.flatMap((handle) => Array.from({ length: 20 }, () => handle.grant(createCall('ann'))));
    await Promise.all(calls.map((db) => db.all`select 1`));
    assert.ok(Number(await names()) - before <= 2, 'one was there before');
    await handles[0].close();
    assert.equal((await handles[1].grant(createCall('ann')).all`select 1`).length, 1);
    await handles[1].close();
    await assert.rejects(handles[1].grant(createCall('ann')).all`select 1`, { name: 'SqlError', reason: 'closed' });
  });

  test('a rotated password: new connections have it, calls under way and after are served', async () => {
    const grant = await desk.open(sql('desk', 'read'), desk.runtimeOf('reader', {}, { connections: 4 }));
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
    for (let round = 2; round <= 21; round++) {
      await desk.server.sql(`alter role reader password 'r${round}'`);
      desk.passwords.set('reader', `r${round}`);
      desk.vault.changed('reader');
      await more(500);
    }
    seen.over = true;
    await Promise.all(loads);
    assert.equal(seen.failed, 0);
    assert.ok(seen.served >= 10_000);
  });

  test('a connection made with an older password is let go, one in use when it comes back', async () => {
    const grant = await desk.open(sql('desk', 'read'), desk.runtimeOf('reader', {}, { connections: 1 }));
    const pid = async () => (await grant().get<{ pid: number }>`select pg_backend_pid() as pid`)?.pid;
    const first = await pid();
    assert.equal(await pid(), first);
    desk.vault.changed('reader');
    const second = await pid();
    assert.notEqual(second, first);
    const running = grant().get<{ pid: number }>`
      select pg_backend_pid() as pid, count(*) from generate_series(1, 2000) a, generate_series(1, 2000) b group by 1`;
    const active = `select 1 from pg_stat_activity where pid = ${second} and state = 'active'`;
    while ((await desk.server.sql(active)).length === 0);
    desk.vault.changed('reader');
    assert.equal((await running)?.pid, second);
    assert.notEqual(await pid(), second);
  });

  test('where the database was told first, a refused connection makes the vault look again', async () => {
    await desk.server.sql(`alter role reader password 'early'`);
    desk.passwords.set('reader', 'early');
    const grant = await desk.open(sql('desk', 'read'), desk.runtimeOf('reader'));
    assert.equal((await grant().all`select 1`).length, 1);
  });

  test('what a role may do beyond its need is told, and production refuses a superuser', async () => {
    const production = { profile: 'production' } as const;
    desk.lines.length = 0;
    await desk.open(sql('desk', 'read'), desk.runtimeOf('reader'));
    assert.deepEqual(desk.lines, []);
    await desk.open(sql('desk', 'read'), desk.runtimeOf('writer'));
    assert.deepEqual(desk.lines, [
      'sources.desk.postgres.user: tools read here, and "writer" may change 1 tables. Grant select alone.',
    ]);
    await desk.server.sql(`grant pg_read_server_files to writer`);
    await assert.rejects(async () => sql('desk', 'write').open(desk.runtimeOf('writer', production)), {
      name: 'TypeError',
      message: /"writer" has pg_read_server_files, which no tool needs/,
    });
    await desk.server.sql(`revoke pg_read_server_files from writer`);
    await assert.rejects(async () => sql('desk', 'read').open(desk.runtimeOf('super', production)), {
      name: 'TypeError',
      message: 'sources.desk.postgres.user: "super" is a superuser. Make a role with the rights that it needs.',
    });
    await desk.open(sql('desk', 'write'), desk.runtimeOf('writer', production));
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
        async () => sql('desk', 'read').open(desk.runtimeOf('reader', more ?? {}, place)),
        { name: 'TypeError', message },
        JSON.stringify(place),
      );
    }
    const nowhere = desk.runtimeOf('reader', {}, { socket: '/nonexistent' });
    await assert.rejects(
      async () => sql('desk', 'read').open(nowhere),
      /sources\.desk: \/nonexistent cannot be used \(ENOENT\)/,
    );
    desk.passwords.set('wrong', 'wrong');
    desk.vault.changed('wrong');
    const denied = desk.runtimeOf('reader', {}, { password: 'wrong' });
    await assert.rejects(async () => sql('desk', 'read').open(denied), /cannot be used \(28P01\)/);
  });
});
