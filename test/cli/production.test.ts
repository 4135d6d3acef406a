import assert from 'node:assert/strict';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { parseConfig } from '../../src/config/read.ts';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import { answered, callTool, openSignedIn, PEOPLE, stateOf, submit } from '../support/approval-world.ts';
import { openBrowser } from '../support/browser.ts';
import type { Command } from '../support/command.ts';
import { atEnd, freePort } from '../support/interop.ts';
import { startPostgres, WITHOUT_POSTGRES } from '../support/postgres.ts';
import { DESK, guideConfigurations, layOut, prepare, startProxy, type Production } from '../support/production.ts';

const MISSING = [
  ['/usr/bin/bwrap', 'bubblewrap'],
  ['/usr/bin/pdftotext', 'poppler-utils'],
].flatMap(([program = '', name = '']) => (existsSync(program) ? [] : [name]));
const skip = MISSING.length === 0 ? false : `needs the Debian package ${MISSING.join(', ')}`;

const CONFIG = ['--config', 'portcullis.yaml'] as const;
const SCOPES = 'desk:read desk:reply desk:refund desk:close';

/** What a finished call gave, or the code of its refusal. */
function fate(reply: Reply): unknown {
  const { error } = isObject(reply.message) ? reply.message : {};
  if (isObject(error) && isObject(error['data'])) return error['data']['code'];
  const result = resultOf(reply);
  if (result?.['resultType'] === 'input_required') return 'asked';
  return result?.['structuredContent'] ?? /\(([A-Z_]+), request /.exec(textOf(reply))?.[1] ?? reply.text;
}

async function call(connection: Connection, name: string, args: JsonObject): Promise<unknown> {
  return fate(await callTool(connection, name, args));
}

/** Has bob approve what alice asks for on the page, after she could not; gives what her call comes to. */
async function closeAccount(alice: Connection, page: string): Promise<unknown> {
  const args = { customer: 'cus-1002', reason: 'Asked for it.' };
  const asked = await callTool(alice, 'close_account', args);
  const url = new RegExp(`${page}\\?id=[\\w-]{22}`).exec(asked.text)?.[0] ?? '';
  const own = await openSignedIn(openBrowser(), url, PEOPLE.alice);
  assert.match(own.body, /[Ss]omebody else/);
  const browser = openBrowser();
  const shown = await openSignedIn(browser, url, PEOPLE.bob);
  assert.match(shown.body, /close_account[\s\S]*cus-1002[\s\S]*Asked for it\./);
  assert.match((await submit(browser, shown, { decision: 'approve' })).body, /Approved\./);
  const yes = { 'portcullis/approval': { action: 'accept' } };
  return fate(await callTool(alice, 'close_account', args, answered(stateOf(asked), yes)));
}

/** Ends the server, and checks that its log is whole and that nothing of it holds a secret. */
async function endAndVerify(desk: Production, run: Command, secrets: readonly string[]): Promise<void> {
  run.signal('SIGTERM');
  assert.equal(await run.ended, 0, run.stderr());
  const key = (await readFile(join(desk.kept, 'audit', 'verifier'), 'utf8')).trim();
  const verified = await desk.command('log', 'verify', ...CONFIG, '--key', key);
  assert.match(verified.out, /^The log is whole: \d+ records, \d+ signed\.\n$/);
  const log = (await desk.command('log', 'show', ...CONFIG, '--json')).out;
  const said = `${log}${run.stdout()}${run.stderr()}`;
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')])
      assert.ok(!said.includes(form));
  assert.doesNotMatch(said, /undeclared behaviour|"kind":"violation"/);
}

test('the whole desk in production, with TLS and SQLite', { skip }, async (t) => {
  const desk = await layOut(t);
  const early = await desk.command('config', 'check', 'portcullis.yaml');
  assert.equal(early.code, 1);
  assert.match(early.err, /audit\.key: .* Make it once with: portcullis keys/);
  assert.match(early.err, /manifest\.file: .* Make it with: portcullis manifest build/);
  await prepare(desk);
  const run = await desk.serve();
  const alice = await desk.connect('alice', SCOPES);

  await t.test('its tools do what they declare', async () => {
    const tickets = [{ id: 'tic-1', subject: 'Kettle arrived broken', status: 'open' }];
    assert.deepEqual(await call(alice, 'search_tickets', { phrase: 'kettle' }), { tickets });
    const pdf = { ticket: 'tic-1', file: 'invoice.pdf', page: 1 };
    assert.deepEqual(await call(alice, 'read_attachment', pdf), { text: 'Invoice 77\nOne kettle, 49.00\n\n' });
    assert.equal(await call(alice, 'read_attachment', { ...pdf, file: '../../../secrets/orders-key' }), 'TOOL_FAILED');
    // There is no such host, and production takes no stand-in: the call fails, and is not left open.
    assert.equal(await call(alice, 'order_status', { order: 'ord-77' }), 'TOOL_FAILED');
    assert.match(run.stderr(), /http: \w+: orders\.desk\.example/);
  });

  await t.test('a policy steps up large refunds, and a person is asked for small ones', async () => {
    const refund = { order: 'ord-77', cents: 50_001, reason: 'Broken.' };
    const refused = await callTool(alice, 'refund', refund);
    assert.equal(refused.status, 403);
    assert.match(refused.headers['www-authenticate'] ?? '', /scope="desk:refund refunds:large"/);
    const large = await desk.connect('alice', `${SCOPES} refunds:large`);
    assert.equal(await call(large, 'refund', refund), 'asked');
    assert.equal(await call(alice, 'refund', { ...refund, cents: 50_000 }), 'asked');
  });

  await t.test('a changed policy is taken while it serves, and a broken one is not', async () => {
    const file = join(desk.etc, 'policies', 'refunds.cedar');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('50000', '40000'));
    await run.until(/"message":"policies: [^"]*in force/);
    const refund = { order: 'ord-77', cents: 45_000, reason: 'Broken.' };
    assert.equal(await call(alice, 'refund', refund), 'SCOPE_INSUFFICIENT');
    await writeFile(file, text.replace('cents', 'cent'));
    await run.until(/"level":"error"[^\n]*refunds\.cedar/);
    assert.equal(await call(alice, 'refund', refund), 'SCOPE_INSUFFICIENT');
  });

  await t.test('a critical call is done when somebody else has approved it on the page', async () => {
    assert.deepEqual(await closeAccount(alice, `${desk.origin}/approvals`), { closed: true });
    using database = new DatabaseSync(join(desk.kept, 'desk.db'), { readOnly: true });
    const rows = database.prepare('select id from customers where status = ?').all('closed');
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['cus-1002'],
    );
  });

  await t.test('a secret rotates while calls are under way', async () => {
    const over = new AbortController();
    const calling = (async () => {
      for (let count = 0; !over.signal.aborted || count < 5; count += 1) {
        const given = await call(alice, 'search_tickets', { phrase: 'order' });
        assert.ok(isObject(given), String(given));
        await pause(200);
      }
    })();
    const rotated = await desk.command('secrets', 'rotate', 'orders-key', '--generate', ...CONFIG);
    over.abort();
    await calling;
    assert.match(rotated.out, /^wrote a new value to .*orders-key\n\d+@\S+: orders-key has a new value\n$/);
    assert.equal((await stat(join(desk.secrets, 'orders-key'))).mode & 0o777, 0o400);
  });

  await t.test('what a second process disables is refused at once, and works again at once', async () => {
    const off = await desk.command('disable', 'tool', 'search_tickets', '--reason', 'moved', ...CONFIG);
    assert.equal(off.code, 0, off.err);
    assert.equal(await call(alice, 'search_tickets', { phrase: 'kettle' }), 'DISABLED');
    assert.match((await desk.command('switches', ...CONFIG)).out, /^tool search_tickets .* moved\n$/);
    await desk.command('enable', 'tool', 'search_tickets', ...CONFIG);
    assert.notEqual(await call(alice, 'search_tickets', { phrase: 'kettle' }), 'DISABLED');
  });

  const rotated = (await readFile(join(desk.secrets, 'orders-key'), 'utf8')).trim();
  await endAndVerify(desk, run, [desk.orderKey, rotated]);
  await t.test('it does not start with a stand-in, nor with other texts than were signed', async () => {
    const standIn = ', standIn: "http://127.0.0.1:4000" }';
    await desk.configure((text) => text.replace('secret: orders-key } }', `secret: orders-key }${standIn}`));
    const refused = await desk.command('serve', DESK, ...CONFIG);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /hosts\.orders\.desk\.example\.standIn: a stand-in is for the dev profile/);
  });
});

test('the whole desk in production, behind a proxy and with PostgreSQL', {
  skip: skip || WITHOUT_POSTGRES,
}, async (t) => {
  const postgres = await startPostgres();
  atEnd(t, () => postgres.stop());
  const [first, second] = ['first-value-of-desk-db', 'second-value-of-desk-db'];
  await postgres.sql(`create database desk; `);
  await postgres.sql(`create role desk login password '${first}'`);
  await postgres.sql(await readFile(join(DESK, '..', 'schema.sql'), 'utf8'), 'desk');
  await postgres.sql('grant select, insert, update on customers, tickets, notes to desk', 'desk');
  const inner = await freePort();
  const place = `{ socket: ${postgres.socket}, port: ${postgres.port}, database: desk, user: desk, password: desk-db }`;
  const desk = await layOut(t, (text) =>
    text
      .replace(/ {2}tls: .*\n/, '  terminatedBy: proxy\n  trustedProxies: [127.0.0.1]\n')
      .replace('port: 8443', `port: ${inner}`)
      .replace(/ {2}desk: \{ file: .*\n/, `  desk: { postgres: ${place} }\n`)
      .replace(/^secrets:\n/m, 'secrets:\n  desk-db: { from: "file:/run/secrets/desk-db", owner: database-team }\n'),
  );
  const secret = join(desk.secrets, 'desk-db');
  await writeFile(secret, first, { mode: 0o400 });
  await prepare(desk);
  await startProxy(t, desk, inner);
  const run = await desk.serve();
  const alice = await desk.connect('alice', SCOPES);
  const found = { tickets: [{ id: 'tic-1', subject: 'Kettle arrived broken', status: 'open' }] };
  assert.deepEqual(await call(alice, 'search_tickets', { phrase: 'kettle' }), found);
  const note = await call(alice, 'add_note', { ticket: 'tic-1', body: 'A new lid is on its way.' });
  assert.ok(isObject(note) && typeof note['id'] === 'string', JSON.stringify(note));
  assert.deepEqual(await closeAccount(alice, `${desk.origin}/approvals`), { closed: true });
  assert.deepEqual(await postgres.sql("select id from customers where status = 'closed'", 'desk'), [
    { id: 'cus-1002' },
  ]);

  // The file is swapped as secret stores do it, and the old connections are ended: the next ones log in with the new.
  await postgres.sql(`alter role desk password '${second}'`);
  await writeFile(`${secret}.new`, second, { mode: 0o400 });
  await rename(`${secret}.new`, secret);
  const told = await desk.command('secrets', 'rotate', 'desk-db', ...CONFIG);
  assert.match(told.out, /desk-db has (?:a new value|the value that it had)\n$/);
  await postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'desk'");
  assert.deepEqual(await call(alice, 'search_tickets', { phrase: 'kettle' }), found);

  // Past the proxy nobody comes in, even from its address, unless it says that the client spoke TLS.
  const bare = await fetch(`http://127.0.0.1:${inner}/mcp`, { method: 'POST' });
  assert.ok(bare.status >= 400 && bare.status < 500);
  await endAndVerify(desk, run, [desk.orderKey, first, second]);
});

test('every configuration of the guide has the right shape', async () => {
  const profiles = (await guideConfigurations()).map((text) => parseConfig(text, 'guide').config.profile);
  assert.deepEqual(profiles, ['production', 'production', 'production']);
});
