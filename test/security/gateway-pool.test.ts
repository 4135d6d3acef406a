import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { launching } from '../../src/gateway/launch.ts';
import { Pool, type PoolOptions } from '../../src/gateway/pool.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { Refusal } from '../../src/server/refusal.ts';
import { eventually } from '../support/eventually.ts';
import { hostile, pinned, upstreamsOf, type Hostile } from '../support/gateway-target.ts';

const support = await detectSandbox();
const options =
  support.missing === undefined
    ? { timeout: 120_000 }
    : { skip: `needs the Debian package bubblewrap: ${support.missing}` };

/** The processes of a hostile upstream, and what a call of one comes to: its words, or the code of its refusal. */
async function open(t: TestContext, how: Hostile, more: PoolOptions = {}) {
  const { launch, pin } = await pinned('up', hostile(how));
  const lines: string[] = [];
  const pool = new Pool(launching({ ...launch, log: (line) => lines.push(line) }), pin, false, more);
  t.after(() => pool.close());
  const say = async (act: string, principal = 'alice', tool = 'act'): Promise<string> => {
    try {
      const params = { name: tool, arguments: { act } };
      const call = { timeoutMs: 20_000 };
      return JSON.stringify(await pool.request(principal, { kind: 'tools', id: tool }, 'tools/call', params, call));
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error));
      return `${error.denial.code}: ${error.denial.detail}`;
    }
  };
  return { pool, say, lines };
}

test('a definition that changes without a word is found out by the next look, before the call', options, async (t) => {
  const { say, lines } = await open(t, { changesAfter: 2 }, { lookEveryMs: 0 });
  for (let n = 0; n < 3; n++) assert.match(await say('echo'), /^\{"content"/);
  assert.equal(await say('echo'), 'DEFINITION_HELD: upstream up: "act" is not as pinned');
  assert.equal(await say('echo'), 'DEFINITION_HELD: upstream up: "act" is not as pinned');
  assert.match(await say('word', 'alice', 'data'), /^\{"content"/);
  assert.deepEqual(
    lines.filter((line) => line.includes('held')),
    ['upstream up: "act" is changed, and held'],
  );
});

test(
  'what was looked at a moment ago is not looked at again, unless it says that it has changed',
  options,
  async (t) => {
    const silent = await open(t, { changesAfter: 1 }, { lookEveryMs: 600_000 });
    for (let n = 0; n < 4; n++) assert.match(await silent.say('echo'), /^\{"content"/);
    const telling = await open(t, { changesAfter: 1, tells: true }, { lookEveryMs: 600_000 });
    for (let n = 0; n < 2; n++) assert.match(await telling.say('echo'), /^\{"content"/);
    await eventually(async () => (await telling.say('echo')).startsWith('DEFINITION_HELD'));
  },
);

test('after one has ended, calls at the same time share the one that is started anew', options, async (t) => {
  const marker = `marker-${randomUUID()}`;
  const { say } = await open(t, { marker });
  assert.match(await say('die'), /^UPSTREAM_FAILED: upstream up: closed: it /);
  const [first, second] = await Promise.all([say('echo'), say('echo')]);
  assert.match(first, /^\{"content"/);
  assert.equal(second, first, 'one process for both');
  await eventually(() => upstreamsOf(marker).length === 1);
  assert.equal(await say('echo'), first);
});

test('one that fails again and again waits longer each time, for its own principal alone', options, async (t) => {
  const { say, lines } = await open(t, {});
  assert.match(await say('die'), /^UPSTREAM_FAILED: upstream up: closed: it /);
  let failed = 0;
  for (; failed < 5; failed++) if (/it is not started for \d+ ms/.test(await say('die'))) break;
  assert.ok(failed < 5, 'it is started again and again');
  assert.match(await say('echo', 'bob'), /^\{"content"/);
  await eventually(async () => (await say('echo')).startsWith('{"content"'));
  const told = lines.filter((line) => line.includes('start'));
  assert.equal(told[0], 'upstream up: it failed soon after its start (1). A call starts it again');
  assert.ok(
    told.some((line) => /^upstream up: it failed soon after its start \(\d\)\. .*, not before \d+ ms$/.test(line)),
  );
  assert.match(told.at(-1) ?? '', /^upstream up: it has started after it failed \d times$/);
});

test('a process that nobody uses gives its place to a principal who has none', options, async (t) => {
  const marker = `marker-${randomUUID()}`;
  const { say } = await open(t, { marker });
  for (let n = 0; n < 34; n++) assert.match(await say('echo', `principal-${n}`), /^\{"content"/, String(n));
  await eventually(() => upstreamsOf(marker).length === 32);
});

test('a call after the end is refused as any that an upstream does not answer', options, async (t) => {
  const { pool, say } = await open(t, {});
  await pool.close();
  assert.equal(await say('echo'), 'UPSTREAM_FAILED: upstream up: closed: the gateway is closing');
});

test('a call for which there is no place is not made, and told when to come again', options, async (t) => {
  const { pool, say } = await open(t, {});
  assert.match(await say('echo'), /^\{"content"/);
  const waiting = Promise.all(Array.from({ length: 256 }, () => say('hang')));
  const refused: unknown = await pool
    .request('alice', { kind: 'tools', id: 'act' }, 'tools/call', {}, { timeoutMs: 20_000 })
    .catch((error: unknown) => error);
  assert.ok(refused instanceof Refusal);
  const detail = 'upstream up: busy: 256 requests wait for it already';
  assert.deepEqual(refused.denial, { pass: false, code: 'OVERLOADED', detail, retryAfter: 1 });
  await pool.close();
  for (const each of await waiting) assert.match(each, /^UPSTREAM_FAILED: upstream up: closed: /);
});
