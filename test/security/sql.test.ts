import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { choose, fragment, like, list, sql } from '../../src/index.ts';
import type { CapabilityRuntime } from '../../src/capabilities/capability.ts';
import type { SqlReader, SqlWriter } from '../../src/capabilities/sql/access.ts';
import { startPostgres, WITHOUT_POSTGRES, type TestPostgres } from '../support/postgres.ts';
import { createCall, createRuntime } from '../support/runtime.ts';
import { FOREIGN, SQL_PAYLOADS } from '../support/sql-payloads.ts';

/** One database with rows of two people, and what can be seen of it from outside. */
interface Ground {
  readonly runtime: CapabilityRuntime;
  /** Everything in it, as one text: rows, tables, sequences, large objects, functions. */
  snapshot(): Promise<string>;
  /** Files beside it that were not there before. */
  strays(): readonly string[];
  stop(): Promise<void>;
}

const ROWS = `
  insert into notes (owner, title, body, data) values
    ('alice', 'mine', 'my own', '{"k":"v"}'), ('bob', 'theirs', '${FOREIGN}', '{"k":"v"}'), ('bob', 'second', '${FOREIGN}-2', '{}');`;

async function sqliteGround(weakened: ReadonlySet<string>): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'sql-attack-'));
  const file = join(folder, 'notes.db');
  const schema = `create table notes (id integer primary key, owner text not null, title text, body text, data text); ${ROWS}`;
  const setup = new DatabaseSync(file);
  setup.exec(schema);
  setup.close();
  return {
    runtime: createRuntime({ sources: { notes: { file } }, weakened }),
    async snapshot(): Promise<string> {
      const look = new DatabaseSync(file, { readOnly: true });
      try {
        return JSON.stringify([
          look.prepare('select * from sqlite_schema').all(),
          look.prepare('select * from notes').all(),
        ]);
      } finally {
        look.close();
      }
    },
    strays: () => readdirSync(folder).filter((name) => !name.startsWith('notes.db')),
    stop: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  };
}

async function postgresGround(weakened: ReadonlySet<string>): Promise<Ground> {
  const server: TestPostgres = await startPostgres();
  await server.sql(`
    create role tools login password 'tools';
    create table notes (id bigint generated always as identity primary key, owner text not null, title text, body text, data jsonb);
    create sequence counter; create extension dblink;
    grant select, insert, update, delete on notes to tools; grant usage on sequence counter to tools; grant create on schema public to tools;
    ${ROWS}`);
  const postgres = { socket: server.socket, port: server.port, database: 'postgres', user: 'tools', password: 'tools' };
  const runtime = createRuntime({ sources: { notes: { postgres } }, weakened });
  const secret = {
    name: 'tools',
    hmac: () => Promise.reject(new Error('not asked for')),
    verify: () => Promise.resolve(false),
    toString: () => '[secret]',
    toJSON: () => '[secret]',
  };
  const secrets = { ...runtime.secrets, get: () => secret, reveal: () => 'tools', watch: () => () => undefined };
  return {
    runtime: { ...runtime, secrets },
    async snapshot(): Promise<string> {
      const rows = await server.sql(`select
        (select json_agg(n order by id) from notes n) as notes,
        (select json_agg(relname order by relname) from pg_class where relnamespace = 'public'::regnamespace) as relations,
        (select last_value from counter) as counter, (select count(*) from pg_largeobject_metadata) as objects,
        (select count(*) from pg_proc) as functions, (select json_agg(r order by rolname) from pg_roles r) as roles`);
      return JSON.stringify(rows);
    },
    strays: () => readdirSync(server.socket).filter((name) => name.includes('pwned')),
    stop: () => server.stop(),
  };
}

const PIECES = { id: fragment`id`, title: fragment`title desc` };

/** Every place in which a value can stand, for reading. Each is held to the rows of alice. */
const READS: readonly ((db: SqlReader, text: string) => Promise<unknown>)[] = [
  async (db, text) => db.all`select body from notes where owner = ${'alice'} and title = ${text}`,
  async (db, text) => db.all`select body from notes where owner = ${text} and owner = ${'alice'}`,
  async (db, text) => db.all`select body from notes where owner = ${'alice'} and body like ${like(text)}`,
  async (db, text) => db.all`select body from notes where owner = ${'alice'} and body like ${like(text, 'start')}`,
  async (db, text) => db.all`select body from notes where owner = ${'alice'} and title in ${list([text, text])}`,
  async (db, text) =>
    db.all`select body from notes where owner = ${'alice'} ${fragment`and (title = ${text} or title = ${'mine'})`}`,
  async (db, text) => db.all`select body from notes where owner = ${'alice'} order by ${choose(text, PIECES)}`,
  async (db, text) =>
    db.get`select body from notes where owner = ${'alice'} and coalesce(title, ${text}) = ${text} limit ${1}`,
  async (db, text) =>
    db.all`with mine as (select * from notes where owner = ${'alice'}) select body from mine where title <> ${text}`,
  async (db, text) =>
    db.all`select case when title = ${text} then 'found' else 'none' end as seen from notes where owner = ${'alice'}`,
  async (db, text) =>
    db.all`select body from notes where owner = ${'alice'} and ${text} = title union all select body from notes where owner = ${'alice'}`,
];

/** Gives what came back, or that it was refused cleanly; anything else fails the test. */
async function attempt(work: Promise<unknown>, what: string): Promise<string> {
  try {
    return JSON.stringify(await work, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? '';
  } catch (error) {
    assert.ok(
      error instanceof Error && /^(?:SqlError|PublicError|TypeError)$/.test(error.name),
      `${what}: ${String(error)}`,
    );
    assert.equal(/notes|syntax|select|column/i.test(error.message), false, `${what}: ${error.message}`);
    return 'refused';
  }
}

for (const [name, create, skip] of [
  ['SQLite', sqliteGround, false],
  ['PostgreSQL', postgresGround, WITHOUT_POSTGRES],
] as const) {
  suite(`sql injection: ${name}`, { skip }, () => {
    let ground: Ground;
    let reader: SqlReader;
    let writer: SqlWriter;
    const closers: (() => unknown)[] = [];

    before(async () => {
      ground = await create(new Set());
      const read = await sql('notes', 'read').open(ground.runtime);
      const write = await sql('notes', 'write').open(ground.runtime);
      closers.push(
        () => read.close(),
        () => write.close(),
      );
      [reader, writer] = [read.grant(createCall('alice')), write.grant(createCall('alice'))];
    });
    after(async () => {
      for (const close of closers) await close();
      await ground.stop();
    });

    test('no payload in any place gives more than one row of its owner, or writes', { timeout: 300_000 }, async (t) => {
      const before = await ground.snapshot();
      let asked = 0;
      for (const [place, read] of READS.entries()) {
        for (const payload of SQL_PAYLOADS) {
          asked++;
          const seen = await attempt(read(reader, payload), `place ${place}, ${JSON.stringify(payload.slice(0, 80))}`);
          assert.equal(seen.includes(FOREIGN), false, `place ${place}: ${payload.slice(0, 80)}`);
        }
      }
      assert.equal(await ground.snapshot(), before);
      assert.deepEqual(ground.strays(), []);
      t.diagnostic(`${SQL_PAYLOADS.length} payloads, ${asked} statements`);
    });

    test('a changed row is one of the caller alone, and holds the payload as text', { timeout: 300_000 }, async () => {
      const before = await ground.snapshot();
      for (const payload of SQL_PAYLOADS) {
        const what = JSON.stringify(payload.slice(0, 80));
        const changed = await attempt(writer.run`update notes set title = ${payload} where owner = ${'alice'}`, what);
        // PostgreSQL takes no NUL in a text, and says so.
        if (changed === 'refused') assert.ok(payload.includes('\0'), what);
        else {
          assert.equal(JSON.parse(changed).changes, 1, what);
          // Second order: what was stored is put into the next statement.
          const row = await writer.get<{ title: string }>`select title from notes where owner = ${'alice'}`;
          const stored = row?.title ?? '';
          // SQLite hands a text back up to its first NUL.
          if (payload.isWellFormed() && !payload.includes('\0')) assert.equal(stored, payload);
          const again = await attempt(
            reader.all`select body from notes where owner = ${'alice'} and title = ${stored}`,
            what,
          );
          assert.equal(again.includes(FOREIGN), false, what);
        }
      }
      await writer.run`update notes set title = ${'mine'} where owner = ${'alice'}`;
      assert.equal(sorted(await ground.snapshot()), sorted(before));
    });

    test('a transaction of payloads is all theirs or nothing', { timeout: 300_000 }, async () => {
      const before = await ground.snapshot();
      for (const payload of SQL_PAYLOADS.filter((_, index) => index % 5 === 0)) {
        const work = writer.transaction(function* (tx) {
          yield* tx.run`insert into notes (owner, title) values (${'alice'}, ${payload})`;
          const rows = yield* tx.all`select body from notes where owner = ${'alice'} and title = ${payload}`;
          yield* tx.run`delete from notes where owner = ${'alice'} and title = ${payload} and body is null`;
          return rows;
        });
        const seen = await attempt(work, JSON.stringify(payload.slice(0, 80)));
        assert.equal(seen.includes(FOREIGN), false);
      }
      assert.equal(sorted(await ground.snapshot()), sorted(before));
    });
  });

  test(`sql injection: ${name}, without the control, the same payloads succeed`, {
    skip,
    timeout: 120_000,
  }, async (t) => {
    const ground = await create(new Set(['parameterised-queries']));
    t.after(() => ground.stop());
    const read = await sql('notes', 'read').open(ground.runtime);
    const write = await sql('notes', 'write').open(ground.runtime);
    t.after(async () => {
      await read.close();
      await write.close();
    });
    const [reader, writer] = [read.grant(createCall('alice')), write.grant(createCall('alice'))];
    const before = await ground.snapshot();
    const leaks = new Set<number>();
    for (const [place, work] of READS.entries()) {
      for (const payload of SQL_PAYLOADS.filter((text) => /^x'+ (?:or|union)/.test(text))) {
        const seen = await work(reader, payload).then(
          (rows) => JSON.stringify(rows) ?? '',
          () => '',
        );
        if (seen.includes(FOREIGN)) leaks.add(place);
      }
    }
    // In the place where pieces are chosen by name there is no value.
    assert.deepEqual(
      [...leaks].filter((place) => place !== 6).length >= 5,
      true,
      `leaks in places ${[...leaks].join()}`,
    );
    // What reads cannot write even so: the database refuses it.
    assert.equal(await ground.snapshot(), before);
    await writer.run`update notes set title = ${"taken' where 1=1 --"} where owner = ${'alice'}`;
    assert.notEqual(await ground.snapshot(), before);
  });
}

/** Rows in the order of their text: an update moves a row. */
function sorted(snapshot: string): string {
  return snapshot.split('},{').toSorted().join();
}
