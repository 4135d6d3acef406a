import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createCall, createRuntime } from '../../../test/support/runtime.ts';
import { createFrameReader, writeFrame } from '../../sandbox/frames.ts';
import type { SqlReader, SqlWriter } from './access.ts';
import { SqlError } from './error.ts';
import { choose, fragment, like, list } from './fragment.ts';
import { remoteSql } from './remote.ts';
import { sql } from './sql.ts';

const runtime = createRuntime({
  sources: { main: { file: ':memory:', schema: 'create table t (id integer, name text, raw blob)' } },
});

const ANYTHING = { jsonBytes: 1e6, dataBytes: 1e6, values: 1e5, depth: 66 };

/** A value as it is on the other side. */
function cross(value: unknown): unknown {
  return createFrameReader(ANYTHING).push(writeFrame(value))[0];
}

/** What a handler inside holds: each use goes out as it would, and is served by the host. */
async function open(t: TestContext): Promise<{ readonly db: SqlWriter; readonly host: SqlWriter }> {
  const handle = await sql('main', 'write').open(runtime);
  t.after(() => handle.close());
  const host = handle.grant(createCall());
  const remote = remoteSql<SqlWriter>('write');
  const db = remote.face?.(async (method, args) => {
    const sent = cross(args);
    assert.ok(Array.isArray(sent));
    return cross(await remote.serve?.(host, method, sent));
  });
  assert.ok(db !== undefined);
  return { db, host };
}

test('templates, fragments and lists work from inside as they do in the host', async (t) => {
  const { db } = await open(t);
  const bytes = new Uint8Array([1, 2]);
  assert.deepEqual(
    await db.run`insert into t values (${1}, ${'a%b'}, ${bytes}), (${2}, ${"x'; drop table t"}, ${null})`,
    {
      changes: 2,
      lastId: 2,
    },
  );
  assert.deepEqual(await db.get`select name from t where id = ${1}`, { name: 'a%b' });
  assert.equal(await db.get`select name from t where id = ${9}`, undefined);
  assert.deepEqual(await db.all`select id from t where name like ${like('%')}`, [{ id: 1 }]);
  assert.deepEqual(await db.all`select id from t where id in ${list([1, 2, 3])} order by id`, [{ id: 1 }, { id: 2 }]);
  assert.deepEqual(await db.all`select id from t where id in ${list([])}`, []);
  const order = choose('down', { up: fragment`order by id`, down: fragment`order by id desc` });
  assert.deepEqual(await db.all`select id from t ${fragment`where id > ${0} ${order}`}`, [{ id: 2 }, { id: 1 }]);
});

test('there are no transactions, and no strings', async (t) => {
  const { db } = await open(t);
  await assert.rejects(
    db.transaction(() => {
      throw new Error('not reached');
    }),
    { message: 'A sandboxed tool has no transactions. Do it in one statement, or in another tool.' },
  );
  const untyped = db as unknown as { all(text: string): Promise<unknown> };
  await assert.rejects(untyped.all('select 1'), TypeError);
});

test('what is no template is refused, whatever it is', async (t) => {
  const { host } = await open(t);
  const remote = remoteSql<SqlReader>('read');
  const refused: readonly unknown[] = [
    undefined,
    null,
    'select 1',
    [],
    { texts: 'select 1', values: [] },
    { texts: ['select 1'], values: [1] },
    { texts: [1], values: [] },
    { texts: ['select ', ''], values: [{}] },
    { texts: ['select ', ''], values: [[1]] },
    { texts: ['select ', ''], values: [Symbol.iterator] },
  ];
  for (const packed of refused) {
    await assert.rejects(async () => remote.serve?.(host, 'all', [packed]), TypeError, JSON.stringify(packed));
  }
  let nested: unknown = { texts: ['1'], values: [] };
  for (let depth = 0; depth < 20; depth++) nested = { texts: ['', ''], values: [nested] };
  await assert.rejects(async () => remote.serve?.(host, 'all', [nested]), TypeError);
  await assert.rejects(async () => remote.serve?.(host, 'transaction', [{ texts: ['x'], values: [] }]), TypeError);
  await assert.rejects(
    async () => remote.serve?.(host, 'all', [{ texts: ['select 1; select 2'], values: [] }]),
    TypeError,
  );
});

test('a failure comes back as what it was', () => {
  const error = remoteSql('read').error?.({ name: 'SqlError', sentence: 'x', reason: 'busy' });
  assert.ok(error instanceof SqlError);
  assert.equal(error.reason, 'busy');
});
