import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, suite, test } from 'node:test';
import fc from 'fast-check';
import { createRuntime } from '../../../test/support/runtime.ts';
import type { Capability, CapabilityContext, CapabilityRuntime } from '../capability.ts';
import { fragment, like, list } from './fragment.ts';
import type { SqlReader, SqlWriter } from './access.ts';
import { sql } from './sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'sql-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SCHEMA = `
  create table if not exists notes (id integer primary key, owner text not null, title text unique, body text, done integer, data blob);
  create virtual table if not exists found using fts5(body);
  create trigger if not exists indexed after insert on notes begin insert into found(rowid, body) values (new.id, new.body); end;`;

const lines: string[] = [];
const runtimeOf = (file: string): CapabilityRuntime =>
  createRuntime({ sources: { notes: { file, schema: SCHEMA } }, log: (line) => void lines.push(line) });
const context: CapabilityContext = {
  principal: { id: 'p', issuer: 'local', subject: 's', client: 'c', scopes: new Set(), expiresAt: 1, credential: 'x' },
  signal: new AbortController().signal,
  request: 'r',
  defer: () => undefined,
};
const grant = async <T>(
  capability: Capability<T>,
  runtime: CapabilityRuntime,
): Promise<{ db: T; close: () => Promise<void> }> => {
  const handle = await capability.open(runtime);
  return { db: handle.grant(context), close: async () => handle.close() };
};

for (const file of [':memory:', join(folder, 'notes.db')]) {
  suite(`sql: ${file === ':memory:' ? 'memory' : 'file'}`, async () => {
    const runtime = runtimeOf(file);
    const { db: reader, close: closeReader } = await grant(sql('notes', 'read'), runtime);
    const { db: writer, close: closeWriter } = await grant(sql('notes', 'write'), runtime);
    after(async () => {
      await closeReader();
      await closeWriter();
    });

    test('writes are read, every kind of value comes back as it went', async () => {
      const { changes, lastId } =
        await writer.run`insert into notes (owner, title, body, done, data) values (${'ann'}, ${'t1'}, ${'50% off'}, ${true}, ${new Uint8Array([1, 2])})`;
      assert.equal(changes, 1);
      const row = await reader.get<{
        id: number;
        done: number;
        data: Uint8Array;
      }>`select id, done, data from notes where title = ${'t1'}`;
      assert.equal(row?.id, lastId);
      assert.equal(row?.done, 1);
      assert.deepEqual(row?.data, new Uint8Array([1, 2]));
      assert.deepEqual(
        {
          ...(await reader.get`select typeof(${5}) a, typeof(${5.5}) b, typeof(${null}) c, typeof(${9n}) d, ${-0} e, typeof(${'x'}) f`),
        },
        {
          a: 'integer',
          b: 'real',
          c: 'null',
          d: 'integer',
          e: 0,
          f: 'text',
        },
      );
      assert.equal(await reader.get`select 1 from notes where id = ${-1}`, undefined);
      assert.deepEqual(
        (await reader.all<{ body: string }>`select body from found where found match ${'off'}`).map(
          (found) => found.body,
        ),
        ['50% off'],
      );
    });

    test('hostile values stay values', async () => {
      for (const payload of [
        "'; drop table notes; --",
        "' or 1=1 --",
        '1; attach database "x" as y',
        '\u0000',
        '%',
        '_',
        '\\',
        "ann' union select sql from sqlite_schema --",
      ]) {
        assert.deepEqual(await reader.all`select id from notes where owner = ${payload}`, []);
        assert.deepEqual(await reader.all`select id from notes where owner like ${like(payload)}`, []);
      }
      assert.equal((await reader.all`select id from notes where body like ${like('50%')}`).length, 1);
      assert.equal((await reader.all`select id from notes where body like ${like('5%f')}`).length, 0);
      assert.equal((await reader.all`select id from notes where owner in ${list(['ann', 'x'])}`).length, 1);
      assert.equal((await reader.all`select id from notes where owner in ${list(['x'])}`).length, 0);
      assert.equal((await reader.all`select id from notes where owner in ${list([])}`).length, 0);
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
          const row = await reader.get<{ v: string }>`select ${text} as v where ${text} like ${like(text)}`;
          // SQLite stores UTF-8 and compares up to a NUL.
          if (text.isWellFormed() && !text.includes('\0')) assert.equal(row?.v, text);
        }),
      );
    });

    test('reading cannot write', async () => {
      const attempts: readonly (() => Promise<unknown>)[] = [
        () => reader.all`insert into notes (owner) values ('x')`,
        () => reader.all`insert into notes (owner) values ('x') returning id`,
        () => reader.get`update notes set owner = 'x'`,
        () => reader.all`delete from notes`,
        () => reader.all`with x as (select 1) delete from notes`,
        () => reader.all`insert into found(found) values ('delete-all')`,
      ];
      for (const attempt of attempts) await assert.rejects(attempt, { name: 'SqlError', reason: 'denied' });
      assert.equal('run' in reader, false);
      assert.equal((await reader.all`select id from notes`).length, 1);
    });

    test('nobody gets out of the rows', async () => {
      for (const db of [reader, writer] as const) {
        const attempts: readonly (() => Promise<unknown>)[] = [
          () => db.all`attach database ${join(folder, 'other.db')} as other`,
          () => db.all`detach database main`,
          () => db.all`vacuum into ${join(folder, 'copy.db')}`,
          () => db.all`vacuum`,
          () => db.all`pragma query_only = 0`,
          () => db.all`pragma writable_schema = 1`,
          () => db.all`pragma table_info(notes)`,
          () => db.all`select * from pragma_table_info('notes')`,
          () => db.all`select * from pragma_database_list`,
          () => db.all`select sql from sqlite_schema`,
          () => db.all`select sql from sqlite_master`,
          () => db.all`create table t (a)`,
          () => db.all`create temp table t (a)`,
          () => db.all`drop table notes`,
          () => db.all`alter table notes add column x`,
          () => db.all`create view v as select 1`,
          () => db.all`reindex`,
          () => db.all`analyze`,
          () => db.all`begin`,
          () => db.all`savepoint s`,
          () => db.all`commit`,
          () => db.all`select load_extension(${'x.so'})`,
        ];
        for (const attempt of attempts) await assert.rejects(attempt, { name: 'SqlError' }, attempt.toString());
      }
      await assert.rejects(writer.run`create temp trigger x after insert on notes begin select 1; end`, {
        message: /one statement/,
      });
      assert.equal(existsSync(join(folder, 'other.db')), false);
      assert.equal(existsSync(join(folder, 'copy.db')), false);
    });

    test('the schema, the shadow tables and the write of a schema are out of reach of a writer too', async () => {
      await assert.rejects(writer.run`update sqlite_schema set sql = 'x'`, { name: 'SqlError' });
      await assert.rejects(writer.run`delete from found_data`, { name: 'SqlError' });
    });

    test('errors say nothing of the SQL, the log does', async () => {
      lines.length = 0;
      await assert.rejects(writer.run`insert into notes (owner, title) values (${'bob'}, ${'t1'})`, (error: Error) => {
        assert.equal(error.message, 'The data does not meet a constraint of the database.');
        assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('notes.title'), false);
        assert.equal(error.cause, undefined);
        return true;
      });
      await assert.rejects(reader.all`select missing from notes`, {
        name: 'SqlError',
        reason: 'failed',
        message: 'The query failed.',
      });
      assert.deepEqual(lines, [
        'sql notes: UNIQUE constraint failed: notes.title',
        'sql notes: no such column: missing',
      ]);
    });

    test('values that would silently become null are refused', async () => {
      for (const value of [
        undefined,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        {},
        [],
        Symbol('x'),
        () => 1,
        new Date(0),
      ]) {
        await assert.rejects(reader.all`select ${value as unknown as string}`, {
          name: 'TypeError',
          message: /^Value 1 of the SQL template is/,
        });
      }
    });

    test('a plain string is refused by types and at run time', async () => {
      const typed: string extends Parameters<SqlReader['all']>[0] ? false : true = true;
      assert.ok(typed);
      for (const forged of ['select 1', ['delete from notes']]) {
        const strings = forged as unknown as TemplateStringsArray;
        await assert.rejects(reader.all(strings), { name: 'TypeError', message: /tagged template/ });
        await assert.rejects(writer.run(strings), { name: 'TypeError', message: /tagged template/ });
        await assert.rejects(
          writer.transaction((tx) => tx.run(strings)),
          { name: 'TypeError', message: /tagged template/ },
        );
      }
    });

    test('one template with other fragments gives another statement', async () => {
      const find = (by: ReturnType<typeof fragment>): Promise<{ n: number }[]> =>
        reader.all<{ n: number }>`select count(*) as n from notes ${by}`;
      for (let i = 0; i < 2; i++) {
        assert.equal((await find(fragment`where owner = ${'ann'}`))[0]?.n, 1);
        assert.equal((await find(fragment`where owner = ${'x'}`))[0]?.n, 0);
        assert.equal((await find(fragment`where ${fragment`owner = ${'ann'}`} and ${1} = ${1}`))[0]?.n, 1);
        assert.equal((await find(fragment``))[0]?.n, 1);
      }
    });
  });
}

suite('sql bounds', async () => {
  const runtime = runtimeOf(':memory:');
  const { db, close } = await grant(sql('notes', 'read', { maxRows: 3, maxBytes: 100 }), runtime);
  after(close);

  test('too many rows or bytes are an error, never a part', async () => {
    const rows = (n: number): Promise<unknown[]> =>
      db.all`with recursive c(i) as (select 1 union all select i + 1 from c where i < ${n}) select i from c`;
    assert.equal((await rows(3)).length, 3);
    await assert.rejects(rows(4), { name: 'SqlError', reason: 'too-large' });
    await assert.rejects(rows(1_000_000_000), { reason: 'too-large' });
    assert.equal((await db.all`select ${'x'.repeat(100)} as a`).length, 1);
    await assert.rejects(db.all`select ${'x'.repeat(101)} as a`, { reason: 'too-large' });
    await assert.rejects(db.get`select zeroblob(${101}) as a`, { reason: 'too-large' });
    // The statement is free again.
    assert.equal((await rows(2)).length, 2);
  });
});

suite('sql sources', () => {
  test('declarations are checked and inert', async () => {
    assert.throws(() => sql('a b', 'read'), TypeError);
    assert.throws(() => sql('a', 'admin' as 'read'), { message: 'sql("a", ...) needs "read" or "write".' });
    assert.throws(() => sql('a', 'read', { maxRow: 1 } as object), {
      message: 'sql() has no option "maxRow". It has maxRows, maxBytes and timeout.',
    });
    assert.throws(() => sql('a', 'read', { maxRows: 0 }), TypeError);
    const capability = sql('notes', 'read');
    assert.deepEqual(
      { kind: capability.kind, ...capability.declares },
      { kind: 'sql', source: 'notes', access: 'read' },
    );
    const runtime = runtimeOf(':memory:');
    const places = { sources: { notes: { file: '/data/notes.db' } }, roots: {}, hosts: {}, programs: {} };
    assert.deepEqual(capability.system?.(places), {
      reads: [],
      writes: ['/data/notes.db', '/data/notes.db-wal', '/data/notes.db-shm', '/data/notes.db-journal'],
      programs: [],
      hosts: [],
    });
    const desk = { notes: { postgres: { host: 'db.example', database: 'd', user: 'u' } } };
    assert.deepEqual(capability.system?.({ ...places, sources: desk }).hosts, ['db.example:5432']);
    for (const name of ['other', 'toString', '__proto__']) {
      await assert.rejects(async () => sql(name, 'read').open(runtime), {
        name: 'TypeError',
        message: /Declared under "sources": notes\./,
      });
    }
    await assert.rejects(
      async () => sql('notes', 'read').open({ ...runtime, sources: { notes: { file: 'file:x?mode=rwc' } } }),
      TypeError,
    );
  });

  test('types follow the access', async () => {
    const runtime = runtimeOf(':memory:');
    const read: Capability<SqlReader> = sql('notes', 'read');
    const write: Capability<SqlWriter> = sql('notes', 'write');
    const { db, close } = await grant(read, runtime);
    const typed: 'run' extends keyof SqlReader ? false : true = true;
    assert.equal('run' in db, !typed);
    await close();
    const { db: writer, close: closeWriter } = await grant(write, runtime);
    assert.equal(typeof writer.run, 'function');
    await closeWriter();
  });

  test('a file is for its owner alone, its rows survive, and connections end with their last use', async () => {
    const file = join(folder, 'own.db');
    const runtime = runtimeOf(file);
    const first = await grant(sql('notes', 'write'), runtime);
    const second = await grant(sql('notes', 'read'), runtime);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await first.db.run`insert into notes (owner) values (${'ann'})`;
    await first.close();
    await first.close();
    assert.equal((await second.db.all`select id from notes`).length, 1);
    await second.close();
    await assert.rejects(second.db.all`select id from notes`, { name: 'SqlError', reason: 'closed' });
    await assert.rejects(
      first.db.transaction((tx) => tx.all`select 1`),
      { name: 'SqlError', reason: 'closed' },
    );
    const again = await grant(sql('notes', 'read'), runtimeOf(file));
    assert.equal((await again.db.all`select id from notes`).length, 1);
    await again.close();
  });

  test('two databases in memory are two', async () => {
    const one = await grant(sql('notes', 'write'), runtimeOf(':memory:'));
    const two = await grant(sql('notes', 'write'), runtimeOf(':memory:'));
    await one.db.run`insert into notes (owner) values ('a')`;
    assert.deepEqual(await two.db.all`select id from notes`, []);
    await one.close();
    await two.close();
  });

  test('a schema that fails leaves nothing open', async () => {
    const file = join(folder, 'broken.db');
    const runtime = { ...runtimeOf(file), sources: { notes: { file, schema: 'create tabel x' } } };
    await assert.rejects(async () => sql('notes', 'read').open(runtime), /syntax error/);
    const other = new DatabaseSync(file);
    other.exec('create table free (a)');
    other.close();
  });
});

const payloads = join(import.meta.dirname, '../../../../shared/corpora/payloads');

test('payload lists stay values', {
  skip: existsSync(payloads) ? false : 'no corpora beside the project',
}, async () => {
  const { db, close } = await grant(sql('notes', 'write'), runtimeOf(':memory:'));
  for (const name of ['command-exec.txt', 'traversal-basic.txt', 'command-exec-unix.txt']) {
    for (const line of readFileSync(join(payloads, name), 'utf8').split('\n').slice(0, 200)) {
      await db.run`insert into notes (owner, body) values (${'x'}, ${line})`;
      const row = await db.get<{
        body: string;
      }>`select body from notes where body = ${line} and body like ${like(line)}`;
      assert.equal(row?.body, line);
    }
  }
  await close();
});
