import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { closeSharedIssuer, type RunningTarget } from '../../src/prove/target.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { eventually } from '../support/eventually.ts';
import { hostile, startGateway, upstreamsOf } from '../support/gateway-target.ts';
import { processes } from '../support/processes.ts';

// An upstream that is wholly in an attacker's hands, or broken, behind a gateway that is served by the real host.

const support = await detectSandbox();
const options =
  support.missing === undefined
    ? { timeout: 120_000 }
    : { skip: `needs the Debian package bubblewrap: ${support.missing}` };
const HTTP = { transport: 'http', era: 'modern' } as const;
const STDIO = { transport: 'stdio', era: 'legacy' } as const;
const SECRET = 'q7Zr-the-key-of-the-upstream-41';

// As JSON writes them.
const UNSEEN = ['\u202E', '\u200B', '\u{E0041}', '\\u001b', '\\u0007', '\\u0000'];

const folder = mkdtempSync(join(tmpdir(), 'portcullis-gateway-'));
chmodSync(folder, 0o755);
writeFileSync(join(folder, 'key'), SECRET, { mode: 0o600 });
writeFileSync(join(folder, 'canary'), 'canary', { mode: 0o644 });
const shared = mkdtempSync(join(tmpdir(), 'portcullis-calls-'));
// What runs in a sandbox may be another user.
chmodSync(shared, 0o777);
process.env['PORTCULLIS_CANARY'] = 'canary';
after(async () => {
  delete process.env['PORTCULLIS_CANARY'];
  await closeSharedIssuer();
  for (const each of [folder, shared]) rmSync(each, { recursive: true, force: true });
});

/** A file that an upstream keeps the calls in that it was sent. */
function callFile(): { folder: string; file: string } {
  const file = join(shared, randomUUID());
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  return { folder: shared, file };
}

const sentCalls = ({ file }: { readonly file: string }): readonly string[] =>
  readFileSync(file, 'utf8').split('\n').filter(Boolean);

function call(connection: Connection, tool: string, act: string, more?: string): Promise<Reply> {
  const args = more === undefined ? { act } : { act, with: more };
  return connection.request('tools/call', { name: tool, arguments: args });
}

/** The code of a refusal; `served` where there was none. */
function codeOf(reply: Reply): string {
  const { message } = reply;
  const [, code] = /(?:\(|"code":")([A-Z_]+)(?:, request [\w-]+\)|")/.exec(JSON.stringify(message)) ?? [];
  if (code !== undefined) return code;
  return resultOf(reply) === undefined || resultOf(reply)?.['isError'] === true ? reply.text : 'served';
}

const as = async ({ target }: RunningTarget, sub: string): Promise<Connection> =>
  target.connect({ token: (await target.mint?.({ sub, scope: 'up:write other:write' })) ?? null });

/** How many outcomes the log holds of each request that an upstream served or failed to. */
async function outcomes({ target }: RunningTarget): Promise<ReadonlyMap<unknown, number>> {
  const counts = new Map<unknown, number>();
  for (const { kind, request, decision } of await target.records()) {
    if (kind === 'outcome' && decision === 'UPSTREAM_FAILED') counts.set(request, (counts.get(request) ?? 0) + 1);
  }
  return counts;
}

/** What a broken upstream does in a call, and what its caller is told. */
const BROKEN: readonly (readonly [string, string, string])[] = [
  ['die', 'act', 'UPSTREAM_FAILED'],
  ['garbage', 'act', 'UPSTREAM_FAILED'],
  ['giant', 'act', 'UPSTREAM_FAILED'],
  ['flood', 'act', 'UPSTREAM_FAILED'],
  ['error', 'act', 'UPSTREAM_FAILED'],
  ['hang', 'act', 'DEADLINE_EXCEEDED'],
  ['wrong-id', 'act', 'DEADLINE_EXCEEDED'],
  ['text-id', 'act', 'DEADLINE_EXCEEDED'],
  ['empty', 'act', 'OUTPUT_INVALID'],
  ['wrong-kind', 'act', 'OUTPUT_INVALID'],
  ['no-word', 'data', 'OUTPUT_INVALID'],
  ['no-data', 'data', 'OUTPUT_INVALID'],
];

for (const way of [HTTP, STDIO]) {
  test(
    `${way.transport}, ${way.era}: what is broken costs its own call a clear error, and nobody else anything`,
    options,
    async (t) => {
      const calls = callFile();
      const broken = BROKEN.map(([act, , code]) => {
        const timeout = code === 'DEADLINE_EXCEEDED' ? { timeout: '3s' } : {};
        return [act, hostile({ calls, ...timeout })] as const;
      });
      const running = await startGateway({ ...Object.fromEntries(broken), fine: hostile() }, way);
      t.after(running.stop);
      const connection = await running.target.connect();
      const [boot] = textOf(await call(connection, 'fine__act', 'echo', '')).split(' ');
      // Their deadline is for the call; a busy machine starts them in its own time.
      const serves = (act: string): Promise<void> =>
        eventually(async () => codeOf(await call(connection, `${act}__act`, 'echo')) === 'served');
      await Promise.all(BROKEN.map(([act]) => serves(act)));
      const before = (await running.target.records()).length;
      const replies = await Promise.all(
        BROKEN.map(async ([act, tool]) => [act, codeOf(await call(connection, `${act}__${tool}`, act))]),
      );
      assert.deepEqual(
        replies,
        BROKEN.map(([act, , code]) => [act, code]),
      );
      // Each was sent once, and the same process still serves where nothing broke.
      assert.deepEqual(
        sentCalls(calls)
          .filter((line) => !line.startsWith('echo'))
          .toSorted(),
        BROKEN.map(([act]) => `${act} `).toSorted(),
      );
      assert.equal(textOf(await call(connection, 'fine__act', 'echo', 'still')), `${boot} still`);
      const since = (await running.target.records()).slice(before);
      await Promise.all(BROKEN.map(([act]) => serves(act)));
      const failed = since.filter(({ kind, decision }) => kind === 'outcome' && decision !== 'pass');
      assert.equal(failed.length, BROKEN.length);
      assert.equal(new Set(failed.map(({ request }) => request)).size, BROKEN.length);
    },
  );
}

test('an answer that comes twice is heard once, and what the schema does not name is dropped', options, async (t) => {
  const running = await startGateway({ up: hostile() }, HTTP);
  t.after(running.stop);
  const connection = await running.target.connect();
  assert.equal(textOf(await call(connection, 'up__act', 'twice')), 'first');
  assert.match(textOf(await call(connection, 'up__act', 'echo', 'own')), / own$/);
  const more = await call(connection, 'up__data', 'more-words');
  assert.doesNotMatch(more.text, /surplus/);
  assert.deepEqual(resultOf(await call(connection, 'up__data', 'word'))?.['structuredContent'], { word: 'good' });
});

test('a flood on standard error is drained and cut short, and the call is served', options, async (t) => {
  const lines: string[] = [];
  const log = ({ message }: { readonly message: string }): void => void lines.push(message);
  const running = await startGateway({ up: hostile() }, HTTP, { log });
  t.after(running.stop);
  const connection = await running.target.connect();
  assert.equal(textOf(await call(connection, 'up__act', 'noise', '\u001B[2Jword')), 'quiet again');
  const said = lines.filter((line) => line.startsWith('upstream up: '));
  assert.ok(said.length > 0 && said.length <= 64, String(said.length));
  for (const line of said) assert.ok(line.length < 400 && !line.includes('\u001B'), line);
});

for (const tells of [true, false]) {
  const how = tells ? 'with a word is held, and' : 'without a word';
  test(`a definition that changes ${how} is never given out, and no added tool is served`, options, async (t) => {
    const calls = callFile();
    const running = await startGateway({ up: hostile({ changesAfter: 2, tells, calls }) }, HTTP);
    t.after(running.stop);
    const connection = await running.target.connect();
    const list = async (): Promise<unknown> => resultOf(await connection.request('tools/list'))?.['tools'];
    const before = await list();
    assert.deepEqual(running.held, ['up, added: the upstream has no such tool']);
    for (let n = 0; n < 3; n++) assert.equal(codeOf(await call(connection, 'up__act', 'echo', `${n}`)), 'served');
    if (tells) await eventually(async () => codeOf(await call(connection, 'up__act', 'echo')) === 'DEFINITION_HELD');
    const reply = await call(connection, 'up__act', 'echo', 'after');
    // Nothing has told of the change yet where it is silent: the next look is within a minute.
    assert.equal(codeOf(reply), tells ? 'DEFINITION_HELD' : 'served');
    assert.equal(sentCalls(calls).includes('echo after'), !tells);
    // The tool beside it, which is as it was, is served on.
    assert.equal(codeOf(await call(connection, 'up__data', 'word')), 'served');
    assert.notEqual(codeOf(await call(connection, 'up__added', 'echo', 'added')), 'served');
    assert.equal(sentCalls(calls).includes('echo added'), false);
    assert.deepEqual(await list(), before);
    assert.doesNotMatch(JSON.stringify(await list()), /id_rsa|A new tool/);
  });
}

test('sampling, questions and roots of an upstream are refused, and reach no client', options, async (t) => {
  for (const era of ['modern', 'legacy'] as const) {
    const running = await startGateway({ up: hostile() }, { transport: 'http', era });
    t.after(running.stop);
    const capabilities = { sampling: {}, elicitation: { form: {} }, roots: {} };
    const connection = await running.target.connect({ capabilities });
    const asked = await call(connection, 'up__act', 'ask');
    assert.equal(textOf(asked), 'asked');
    assert.doesNotMatch(JSON.stringify(asked), /password/);
    const refused = { code: -32601, message: 'Not available.' };
    const answers = async (): Promise<string> => textOf(await call(connection, 'up__act', 'answers'));
    await eventually(async () => (await answers()) === JSON.stringify([refused, refused, refused]));
  }
});

test('hidden characters and terminal sequences do not come through, not in a failure either', options, async (t) => {
  const lines: string[] = [];
  const log = ({ message }: { readonly message: string }): void => void lines.push(message);
  for (const way of [HTTP, STDIO]) {
    const running = await startGateway({ up: hostile() }, way, { log });
    t.after(running.stop);
    const connection = await running.target.connect();
    for (const [tool, act] of [
      ['up__act', 'unseen'],
      ['up__data', 'unseen-word'],
      ['up__act', 'unseen-error'],
      ['up__act', 'error'],
    ] as const) {
      const reply = await call(connection, tool, act);
      assert.ok(reply.message !== undefined);
      const seen = JSON.stringify(reply.message);
      for (const unseen of UNSEEN) assert.equal(seen.includes(unseen), false, `${act}: ${JSON.stringify(unseen)}`);
      if (act !== 'error') assert.match(seen, /a.*b.*c.*d.*e.*f/, act);
    }
  }
  // The details of a failure are the operator's to read, and neither a log nor the audit record paints their terminal.
  assert.equal(
    lines.some((line) => line.includes('\u001B')),
    false,
  );
});

test('a secret that an upstream holds does not leave, in no encoding, by no way', options, async (t) => {
  const lines: string[] = [];
  const log = ({ message }: { readonly message: string }): void => void lines.push(message);
  const up = hostile({ options: { secrets: { TOKEN: 'token' } } });
  const deployment = { log, secrets: { token: { from: `file:${join(folder, 'key')}` } } };
  const hex = Buffer.from(SECRET).toString('hex').slice(0, 16);
  const base64 = Buffer.from(`{"key":"${SECRET}"}`).toString('base64').slice(12, 40);
  for (const way of [HTTP, STDIO]) {
    const running = await startGateway({ up }, way, deployment);
    t.after(running.stop);
    const connection = await running.target.connect();
    const seen: string[] = [];
    for (const [tool, act] of [
      ['up__act', 'secret'],
      ['up__data', 'secret-word'],
      ['up__act', 'secret-error'],
      ['up__act', 'secret-refusal'],
      ['up__act', 'secret-noise'],
    ] as const) {
      const { text } = await call(connection, tool, act);
      seen.push(text);
      if (!act.endsWith('refusal') && !act.endsWith('noise')) assert.match(text, /\[secret\]/, act);
    }
    await eventually(() => lines.some((line) => line.startsWith('upstream up: [secret]')));
    seen.push(...lines, JSON.stringify(await running.target.records()));
    for (const telling of ['q7Zr-the', hex, base64])
      assert.deepEqual(
        seen.filter((text) => text.includes(telling)),
        [],
      );
  }
});

test("files outside, the parent's environment and the network are not there", options, async (t) => {
  let knocks = 0;
  const canary = createServer(() => void (knocks += 1)).listen(0, '127.0.0.1');
  t.after(() => canary.close());
  await new Promise((done) => canary.once('listening', done));
  const address = canary.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const running = await startGateway({ up: hostile({ options: { env: { OWN: 'x' } } }) }, HTTP);
  t.after(running.stop);
  const connection = await running.target.connect();
  const say = async (act: string, more: string): Promise<string> =>
    textOf(await call(connection, 'up__act', act, more));
  assert.equal(await say('environment', ''), 'HOME,OWN,PATH,PWD');
  for (const path of [join(folder, 'canary'), join(folder, 'key'), '/etc/shadow', `/proc/${process.pid}/environ`])
    assert.match(await say('read', path), /^refused (?:ENOENT|EACCES)$/, path);
  for (const path of ['/proc/1/environ', `/proc/${process.ppid}/environ`])
    assert.doesNotMatch(await say('read', path), /PORTCULLIS_CANARY/, path);
  for (const path of [join(folder, 'left'), '/etc/passwd', process.execPath])
    assert.match(await say('write', path), /^refused (?:ENOENT|EACCES|EROFS|ETXTBSY)$/, path);
  assert.match(await say('reach', String(port)), /^refused E(?:PERM|CONNREFUSED|NETUNREACH|ACCES)$/);
  assert.equal(knocks, 0);
});

test('what it forks does not outlive it, nor the gateway', options, async () => {
  const marker = `marker-${randomUUID()}`;
  const running = await startGateway({ up: hostile({ marker }) }, HTTP);
  const connection = await running.target.connect();
  assert.equal(textOf(await call(connection, 'up__act', 'fork')), 'forked');
  await eventually(() => processes(`${marker}-left-behind`).length > 0);
  assert.equal(codeOf(await call(connection, 'up__act', 'die')), 'UPSTREAM_FAILED');
  await eventually(() => processes(marker).length === 0);
  assert.equal(textOf(await call(connection, 'up__act', 'fork')), 'forked');
  await eventually(() => processes(`${marker}-left-behind`).length > 0);
  await running.stop();
  assert.deepEqual(processes(marker), []);
});

test("two principals at once never meet the other's process or state", options, async (t) => {
  const running = await startGateway({ up: hostile(), other: hostile({ options: { isolation: 'shared' } }) }, HTTP);
  t.after(running.stop);
  const use = async (name: string): Promise<readonly string[]> => {
    const texts: string[] = [];
    for (let n = 0; n < 25; n++) {
      const connection = await as(running, name);
      texts.push(textOf(await call(connection, 'up__act', 'remember', `${name}-${n}`)));
      await connection.close();
    }
    return texts;
  };
  const [alice, bob] = await Promise.all([use('alice'), use('bob')]);
  for (const [name, texts] of [
    ['alice', alice],
    ['bob', bob],
  ] as const) {
    const [boot] = texts[0]?.split(' ') ?? [];
    const expected = Array.from({ length: 25 }, (_, n) => `${boot} ${n === 0 ? 'nothing' : `${name}-${n - 1}`}`);
    assert.deepEqual(texts, expected);
  }
  // Where a deployment says that one is for all, it is.
  const boots = await Promise.all(
    ['alice', 'bob'].map(async (name) => textOf(await call(await as(running, name), 'other__act', 'echo'))),
  );
  assert.equal(boots[0], boots[1]);
});

for (const era of ['modern', 'legacy'] as const) {
  test(
    `one that is killed under load fails its own calls, once each, and is started anew: ${era}`,
    options,
    async (t) => {
      const marker = `marker-${randomUUID()}`;
      const calls = callFile();
      const running = await startGateway({ up: hostile({ calls, marker }) }, { transport: 'http', era });
      t.after(running.stop);
      const [alice, bob] = [await as(running, 'alice'), await as(running, 'bob')];
      const [first = ''] = textOf(await call(alice, 'up__act', 'echo', 'first')).split(' ');
      const hers = upstreamsOf(marker);
      const [his = ''] = textOf(await call(bob, 'up__act', 'echo', 'first')).split(' ');
      assert.equal(hers.length, 1);
      const done: string[] = [];
      // These are in the hands of hers when it is killed: it has them, and never answers.
      const hanging = Array.from({ length: 8 }, (_, n) => call(alice, 'up__act', 'hang', `a${n}`));
      const load = Array.from({ length: 4 }, async (_, worker) => {
        for (let n = 0; n < 20; n++) {
          const text = textOf(await call(bob, 'up__act', 'echo', `b${worker}-${n}`));
          assert.equal(text, `${his} b${worker}-${n}`);
          done.push(text);
        }
      });
      await eventually(() => sentCalls(calls).filter((line) => line.startsWith('hang ')).length === 8);
      // They are its own: its marker is new.
      for (const pid of hers) process.kill(pid, 'SIGKILL');
      const failed = await Promise.all(hanging);
      assert.deepEqual(
        failed.map((reply) => codeOf(reply)),
        Array.from({ length: 8 }, () => 'UPSTREAM_FAILED'),
      );
      const anew = textOf(await call(alice, 'up__act', 'echo', 'anew'));
      assert.match(anew, / anew$/);
      assert.equal(anew.startsWith(first), false);
      await Promise.all(load);
      assert.equal(done.length, 80);
      const sent = sentCalls(calls);
      assert.equal(new Set(sent).size + 1, sent.length, 'each was sent once, but for the first, which both sent');
      assert.deepEqual(
        [...(await outcomes(running)).values()],
        Array.from({ length: 8 }, () => 1),
      );
    },
  );
}
