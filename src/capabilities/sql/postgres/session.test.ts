import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { WITHOUT_POSTGRES } from '../../../../test/support/postgres.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { createCall } from '../../../../test/support/runtime.ts';
import { startDesk, type Desk } from '../../../../test/support/sql-desk.ts';
import type { SqlError } from '../error.ts';
import { sql } from '../sql.ts';

/** Functions that the owner of a database wrote, each of which leaves something in its session. */
const FUNCTIONS = `
  create function act_as(who text) returns text language plpgsql as
    $$ begin perform set_config('app.tenant', who, false); return who; end $$;
  create function seem_as(who text) returns text language sql stable as
    $$ select set_config('app.tenant', who, false) $$;
  create function unhurried() returns int language plpgsql as
    $$ begin perform set_config('statement_timeout', '0', false); return 1; end $$;
  create function lock_all() returns int language plpgsql as
    $$ begin perform pg_advisory_lock(42); return 1; end $$;
  create function stash(what text) returns int language plpgsql as
    $$ begin create temp table stashed (what text); insert into stashed values (what); return 1; end $$;
  create function prepare_it() returns int language plpgsql as
    $$ begin execute 'prepare left_behind as select 1'; return 1; end $$;
  create function listen_in() returns int language plpgsql as
    $$ begin execute 'listen everything'; return 1; end $$;`;

suite('the session of a PostgreSQL connection', { skip: WITHOUT_POSTGRES }, () => {
  let desk: Desk;

  before(async () => {
    desk = await startDesk();
    await desk.server.sql(FUNCTIONS);
  });
  after(() => desk.stop());

  test('nothing that one principal left in it meets the next', async () => {
    const grant = await desk.open(sql('desk', 'write'), desk.runtimeOf('writer', {}, { connections: 1 }));
    const [ann, bob] = [grant(createCall('ann')), grant(createCall('bob'))];
    const session = () => bob.get`select pg_backend_pid() as pid`;
    const before = await session();

    await ann.all`select act_as('ann')`;
    const tenant = await bob.get<{ tenant: string | null }>`select current_setting('app.tenant', true) as tenant`;
    assert.equal(tenant?.tenant ?? '', '');

    await ann.all`select unhurried()`;
    assert.deepEqual({ ...(await bob.get`select current_setting('statement_timeout') as ms`) }, { ms: '5s' });

    await ann.all`select lock_all()`;
    assert.deepEqual(await bob.all`select objid from pg_locks where locktype = 'advisory'`, []);

    await ann.all`select stash('what only ann may read')`;
    await assert.rejects(bob.all`select what from stashed`, (error: SqlError) => error.reason === 'failed');

    await ann.all`select prepare_it()`;
    assert.deepEqual(await bob.all`select name from pg_prepared_statements`, []);

    await ann.all`select listen_in()`;
    assert.deepEqual(await bob.all`select * from pg_listening_channels()`, []);

    await ann.transaction(function* (tx) {
      return yield* tx.all`select act_as('ann')`;
    });
    const after = await bob.get<{ tenant: string | null }>`select current_setting('app.tenant', true) as tenant`;
    assert.equal(after?.tenant ?? '', '');
    // It was one connection all along: what was left is gone, not elsewhere.
    assert.deepEqual(await session(), before);
  });

  test('a reader leaves nothing either', async () => {
    const grant = await desk.open(sql('desk', 'read'), desk.runtimeOf('reader', {}, { connections: 1 }));
    await grant(createCall('ann')).get`select seem_as('ann')`;
    const bob = grant(createCall('bob'));
    const seen = await bob.get<{ tenant: string | null }>`select current_setting('app.tenant', true) as tenant`;
    assert.equal(seen?.tenant ?? '', '');
  });

  test('a call that is over changes nothing, and takes what is under way with it', async () => {
    const grant = await desk.open(sql('desk', 'write'), desk.runtimeOf('writer', {}, { connections: 1 }));
    const call = createCall('ann');
    const db = grant(call);
    const cancelled = (error: SqlError) => error.reason === 'cancelled';
    const slow = assert.rejects(
      db.run`insert into notes (owner, title) select 'late', 'late' from generate_series(1, 300000000) having count(*) > 0`,
      cancelled,
    );
    await turn();
    await call.end();
    await slow;
    await assert.rejects(db.run`insert into notes (owner, title) values ('late', 'later')`, cancelled);
    await assert.rejects(
      db.transaction(function* (tx) {
        return yield* tx.run`insert into notes (owner, title) values ('late', 'latest')`;
      }),
      cancelled,
    );
    assert.deepEqual(await desk.server.sql(`select title from notes where owner = 'late'`), []);
  });

  test('a connection that the server ended while nobody used it fails no call', async () => {
    const grant = await desk.open(sql('desk', 'write'), desk.runtimeOf('writer', {}, { connections: 2 }));
    const db = grant(createCall('ann'));
    await Promise.all([db.get`select 1 as one`, db.get`select 1 as one`]);
    await desk.server.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'writer'`);
    await eventually(async () => {
      const left = await desk.server.sql(`select 1 from pg_stat_activity where usename = 'writer'`);
      return left.length === 0;
    });
    assert.deepEqual({ ...(await db.get`select 1 as one`) }, { one: 1 });
  });

  test('a connection keeps nothing of the statements that failed on it', async (t) => {
    const warnings: string[] = [];
    const hear = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', hear);
    t.after(() => process.off('warning', hear));
    const grant = await desk.open(sql('desk', 'write'), desk.runtimeOf('writer', {}, { connections: 1 }));
    const ann = grant(createCall('ann'));
    for (let count = 0; count < 30; count++)
      await assert.rejects(
        ann.run`insert into notes (owner, title) values ('ann', 't1')`,
        (error: SqlError) => error.reason === 'constraint',
      );
    await turn();
    assert.deepEqual(warnings, []);
  });
});
