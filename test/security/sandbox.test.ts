import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { CapabilityContext, CapabilityHandle } from '../../src/capabilities/capability.ts';
import type { IsolatedCall, Served } from '../../src/sandbox/call.ts';
import { HandlerFailure, SandboxFailure } from '../../src/sandbox/failure.ts';
import { resolveSandbox, type SandboxDeployment } from '../../src/sandbox/options.ts';
import { openRunner, type Runner, type UsedCall } from '../../src/sandbox/runner.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { PublicError } from '../../src/errors.ts';
import { counted, default as definition, module } from '../support/hostile-server.ts';
import { createRuntime } from '../support/runtime.ts';

// Handlers that are wholly in an attacker's hands: `evaluate` runs what it is told, with its capabilities in reach.

const support = await detectSandbox();
const options =
  support.missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${support.missing}` };
const MIB = 1024 * 1024;

const outside = mkdtempSync(join(tmpdir(), 'portcullis-outside-'));
chmodSync(outside, 0o755);
writeFileSync(join(outside, 'canary'), 'canary', { mode: 0o644 });
process.env['PORTCULLIS_CANARY'] = 'canary';
const runners: Runner[] = [];
after(async () => {
  delete process.env['PORTCULLIS_CANARY'];
  rmSync(outside, { recursive: true, force: true });
  for (const runner of runners) await runner.close();
});

async function open(deployment: SandboxDeployment = {}): Promise<Runner> {
  const kinds = new Set(['process'] as const);
  const runner = await openRunner({ module, kinds, support, settings: resolveSandbox(deployment) });
  runners.push(runner);
  return runner;
}

const needs = definition.options.tools?.[0]?.options.needs ?? {};
const runtime = createRuntime();
const handles = new Map<string, CapabilityHandle<unknown>>();
for (const [name, capability] of Object.entries(needs)) handles.set(name, await capability.open(runtime));

interface Told {
  readonly principal?: string;
  readonly tool?: string;
  readonly signal?: AbortSignal;
  readonly log?: IsolatedCall['log'];
}

/** Makes a call of `evaluate`, with real capabilities. */
function call(expression: string, { principal = 'alice', tool = 'evaluate', signal, log }: Told = {}): IsolatedCall {
  const context: CapabilityContext = {
    principal: {
      id: principal,
      issuer: 'i',
      subject: principal,
      client: 'c',
      scopes: new Set(),
      expiresAt: 1,
      credential: 'x',
    },
    signal: new AbortController().signal,
    request: 'r',
    defer: () => undefined,
  };
  const served = Object.entries(needs).map(([name, { remote }]): readonly [string, Served] => {
    assert.ok(remote !== undefined);
    return [name, { remote, granted: handles.get(name)?.grant(context) }];
  });
  return {
    tool,
    args: { expression },
    principal: {
      id: principal,
      subject: principal,
      issuer: 'i',
      tenant: undefined,
      client: 'c',
      scopes: ['text:read'],
    },
    request: 'r',
    signal: signal ?? AbortSignal.timeout(60_000),
    needs: new Map(served),
    log: log ?? (() => undefined),
    progress: () => undefined,
    changed: { resource: () => undefined, list: () => undefined },
    used: () => undefined,
  };
}

async function say(runner: Runner, expression: string, told: Told = {}): Promise<string> {
  const output = await runner.run('process', call(expression, told));
  assert.ok(typeof output === 'object' && output !== null && 'value' in output);
  return String(output.value);
}

/** What an expression comes to, or the name of what it threw. */
const attempt = (expression: string): string =>
  `(async () => { try { return String(await (${expression})); } catch (error) { return 'refused ' + (error.code ?? error.name); } })()`;

const FS = "process.getBuiltinModule('fs')";

test('an ordinary call works, and its handler is handed what it should be', options, async () => {
  const runner = await open();
  assert.equal(await say(runner, '6 * 7'), '42');
  const seen = await say(
    runner,
    "JSON.stringify({ ...ctx.principal, scopes: [...ctx.principal.scopes], request: ctx.request, aborted: ctx.signal.aborted, canAsk: ctx.canAsk('form') })",
  );
  assert.deepEqual(JSON.parse(seen), {
    id: 'alice',
    subject: 'alice',
    issuer: 'i',
    client: 'c',
    scopes: ['text:read'],
    request: 'r',
    aborted: false,
    canAsk: false,
  });
  counted.clear();
  assert.equal(await say(runner, 'ctx.counter.add(2).then(() => ctx.counter.add(3))'), '5');
  assert.equal(counted.get('alice'), 5);
  const handle = await say(runner, "ctx.notes.create('a')");
  assert.match(handle, /^note_[\w-]{22}$/);
  assert.equal(await say(runner, `ctx.notes.update('${handle}', (present) => present + 'b')`), 'ab');
  assert.equal(await say(runner, `ctx.notes.get('${handle}')`), 'ab');
  assert.equal(await say(runner, `ctx.notes.get('${handle}')`, { principal: 'bob' }), 'undefined');
  await assert.rejects(say(runner, "ctx.elicit({ message: 'x' })"), HandlerFailure);
});

test('nothing of the host can be read, run, loaded or reached', options, async (t) => {
  const runner = await open();
  let knocks = 0;
  const canary = createServer(() => void (knocks += 1)).listen(0, '127.0.0.1');
  t.after(() => canary.close());
  await new Promise((done) => canary.once('listening', done));
  const address = canary.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connect = (to: string) =>
    `new Promise((resolve, reject) => process.getBuiltinModule('net').connect(${to}).on('connect', () => resolve('connected')).on('error', reject))`;
  const refusals: readonly (readonly [string, string])[] = [
    // Node lets it look into a `/tmp`, and it is another one.
    [`${FS}.readFileSync('${outside}/canary', 'utf8')`, 'refused ENOENT'],
    [`${FS}.readFileSync('/etc/passwd', 'utf8')`, 'refused ERR_ACCESS_DENIED'],
    [`${FS}.readFileSync('/proc/self/environ', 'utf8')`, 'refused ERR_ACCESS_DENIED'],
    [`${FS}.readFileSync('/proc/' + process.ppid + '/environ', 'utf8')`, 'refused ERR_ACCESS_DENIED'],
    [`${FS}.openSync('/proc/' + process.ppid + '/mem')`, 'refused ERR_ACCESS_DENIED'],
    [`${FS}.readdirSync('/')`, 'refused ERR_ACCESS_DENIED'],
    [`${FS}.writeFileSync('${outside}/left', 'x')`, 'refused ENOENT'],
    [`${FS}.writeFileSync('/run/portcullis/graph', 'x')`, 'refused ERR_ACCESS_DENIED'],
    [`${FS}.symlinkSync('/etc', '/tmp/etc')`, 'refused ERR_ACCESS_DENIED'],
    ["process.getBuiltinModule('child_process').execFileSync('/bin/echo', ['x'])", 'refused ERR_ACCESS_DENIED'],
    ["process.getBuiltinModule('child_process').fork('/tmp/x.mjs')", 'refused ERR_ACCESS_DENIED'],
    ["new (process.getBuiltinModule('worker_threads').Worker)('1', { eval: true })", 'refused ERR_ACCESS_DENIED'],
    ["process.dlopen({ exports: {} }, '/tmp/x.node')", 'refused ERR_DLOPEN_DISABLED'],
    ["process.binding('spawn_sync')", 'refused ERR_ACCESS_DENIED'],
    ["process.getBuiltinModule('inspector').open(0)", 'refused ERR_ACCESS_DENIED'],
    ["new (process.getBuiltinModule('wasi').WASI)({ version: 'preview1' })", 'refused ERR_ACCESS_DENIED'],
    [connect(`${port}, '127.0.0.1'`), 'refused EPERM'],
    [connect("80, '169.254.169.254'"), 'refused EPERM'],
    [connect("{ path: '/run/docker.sock' }"), 'refused ENOENT'],
    ["fetch('http://169.254.169.254/latest/meta-data/').then(() => 'fetched')", 'refused TypeError'],
    [
      "new Promise((resolve, reject) => process.getBuiltinModule('dns').lookup('example.com', (error) => (error ? reject(error) : resolve('found'))))",
      'refused EAI_AGAIN',
    ],
    ['process.setuid(0)', 'refused EINVAL'],
  ];
  for (const [expression, expected] of refusals) {
    const seen = await say(runner, attempt(expression)).catch((error: unknown) => String(error));
    assert.equal(seen, expected, expression);
  }
  assert.equal(await say(runner, 'Object.keys(process.env).sort().join()'), 'HOME,PWD,TMPDIR,UV_THREADPOOL_SIZE');
  assert.equal(await say(runner, "process.getBuiltinModule('node:sqlite') === undefined"), 'true');
  assert.equal(await say(runner, "process.getuid() + ' ' + process.getgid()"), '65534 65534');
  assert.equal(knocks, 0);
});

test('neither the host nor another process can be signalled', options, async () => {
  const runner = await open();
  assert.equal(await say(runner, attempt(`process.kill(${process.pid}, 0)`)), 'refused ESRCH');
  assert.equal(await say(runner, attempt(`process.kill(${process.ppid}, 'SIGKILL')`)), 'refused ESRCH');
  // Everything that it may signal but itself and the first process of its namespace: there is no other.
  assert.equal(await say(runner, attempt("process.kill(-1, 'SIGKILL')")), 'refused ESRCH');
  assert.equal(await say(runner, '1'), '1');
});

test('two principals, and two tools, never share a process', options, async () => {
  const runner = await open();
  const mark =
    "(globalThis.marks ??= []).push(ctx.principal.id), globalThis.marks.join() + ' ' + (globalThis.id ??= crypto.randomUUID())";
  const leave = `(${FS}.writeFileSync('/tmp/left', ctx.principal.id), 'left')`;
  const seen = new Map<string, Set<string>>();
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      ['alice', 'bob', 'carol'].map(async (principal) => {
        for (const tool of ['evaluate', 'other']) {
          const [marks = '', id = ''] = (await say(runner, mark, { principal, tool })).split(' ');
          assert.deepEqual([...new Set(marks.split(','))], [principal]);
          const owner = seen.get(id) ?? new Set();
          seen.set(id, owner.add(`${principal} ${tool}`));
        }
      }),
    );
  }
  for (const owners of seen.values()) assert.equal(owners.size, 1);
  assert.equal(seen.size, 6);
  await say(runner, leave);
  assert.equal(
    await say(runner, attempt(`${FS}.readFileSync('/tmp/left', 'utf8')`), { principal: 'bob' }),
    'refused ENOENT',
  );
});

test('memory, disk, descriptor, process and processor hogs fail, and the next call works', options, async () => {
  const runner = await open({ memoryBytes: 48 * MIB, heapBytes: 32 * MIB, temporaryBytes: MIB });
  const ends: readonly string[] = [
    '(() => { const kept = []; for (;;) kept.push(new Array(1000).fill(kept.length)); })()',
    '(() => { const kept = []; for (;;) kept.push(Buffer.alloc(4 << 20, 1)); })()',
    '(async () => { const kept = []; for (;;) { kept.push(Buffer.alloc(4 << 20, 1)); await new Promise((done) => setTimeout(done, 1)); } })()',
    '(() => { const kept = []; for (;;) kept.push(new SharedArrayBuffer(64 << 20)), new Uint8Array(kept.at(-1)).fill(1); })()',
    `(() => { for (let n = 0; ; n++) ${FS}.writeFileSync('/tmp/' + n, ''); })()`,
    'process.exit(0)',
    'process.abort()',
    'process.crash()',
    "setTimeout(() => { throw new Error('later'); }, 1), new Promise(() => undefined)",
  ];
  for (const expression of ends) {
    await assert.rejects(
      say(runner, expression),
      (error) => error instanceof SandboxFailure || error instanceof HandlerFailure,
      expression,
    );
    assert.equal(await say(runner, '1'), '1', expression);
  }
  const full = `(() => { for (let n = 0; n < 100; n++) ${FS}.writeFileSync('/tmp/' + n, 'x'.repeat(100_000)); })()`;
  assert.match(await say(runner, attempt(full)), /^refused (ENOSPC|EFBIG)$/);
  const files = `(() => { for (;;) ${FS}.openSync('/dev/null'); })()`;
  assert.match(await say(runner, attempt(files), { principal: 'dave' }), /^refused (EMFILE|ERR_ACCESS_DENIED)$/);
  const threads =
    "(() => { for (let n = 0; n < 100; n++) process.getBuiltinModule('crypto').pbkdf2('x', 'y', 1e9, 8, 'sha1', () => 0); return 'queued'; })()";
  assert.equal(await say(runner, threads, { principal: 'erin' }), 'queued');
});

test('a handler that spins is ended at its deadline, and frees its place', options, async () => {
  const runner = await open({ perPrincipal: 1, total: 2, ready: 0 });
  const uses: UsedCall[] = [];
  runner.watch((used) => uses.push(used));
  await assert.rejects(say(runner, '(() => { for (;;); })()', { signal: AbortSignal.timeout(700) }), SandboxFailure);
  assert.equal(await say(runner, '1'), '1');
  assert.ok((uses[0]?.cpuMs ?? 0) > 50, JSON.stringify(uses));
  assert.equal(uses[0]?.principal, 'alice');
  assert.ok((uses[1]?.peakRssBytes ?? 0) > MIB, JSON.stringify(uses));
});

test('a handler hears that its call was aborted', options, async () => {
  const runner = await open();
  const lines: string[] = [];
  const wait =
    "new Promise((done) => ctx.signal.addEventListener('abort', () => { ctx.log.info('heard'); done('x'); }))";
  await say(runner, wait, { signal: AbortSignal.timeout(500), log: (_level, message) => lines.push(message) });
  assert.deepEqual(lines, ['heard']);
});

test("what the inside says on its pipe is a stranger's", options, async () => {
  const runner = await open();
  const write =
    '(all) => { for (let at = 0; at < all.length; ) try { at += FS.writeSync(4, all, at); } catch (e) { if (e.code !== "EAGAIN") throw e; } }';
  const raw = (bytes: string) =>
    `((${write.replaceAll('FS', FS)})(Buffer.from(${bytes})), new Promise(() => undefined))`;
  const frame = (message: string) =>
    raw(
      `(() => { const text = Buffer.from(JSON.stringify(${message})); const head = Buffer.alloc(8); head.writeUInt32LE(text.length, 0); return Buffer.concat([head, text]); })()`,
    );
  const hostile: readonly (readonly [string, RegExp])[] = [
    [raw("'ffffffff00000000', 'hex'"), /too large/],
    [raw("'00000000ffffffff', 'hex'"), /too large/],
    [raw("'0100000000000000ff', 'hex'"), /not JSON/],
    [frame('null'), /no message/],
    [frame('[]'), /unknown message|no count/],
    [frame("{ kind: 'done' }"), /no count/],
    [frame("{ kind: 'done', call: 99, value: 1 }"), /spoke for no call/],
    [frame("{ kind: 'kill', call: 1 }"), /unknown message/],
    [frame("{ kind: 'use', call: 1, use: 1, need: 'secrets', method: 'get', args: [] }"), /did not declare/],
    [frame("{ kind: 'use', call: 1, use: 1, need: 'counter', method: 'constructor', args: [] }"), /did not declare/],
    [frame("{ kind: 'use', call: 1, use: 1, need: '__proto__', method: 'add', args: [] }"), /did not declare/],
    [frame('JSON.parse(\'{"kind":"done","call":1,"value":{"__proto__":{"polluted":true}}}\')'), /must not be/],
    [frame("{ kind: 'done', call: 1, value: { $: 'x' } }"), /unknown tag/],
    [frame("{ kind: 'done', call: 1, value: { $: 'b', v: [0, 1000] } }"), /did not come/],
    [frame("{ kind: 'done', call: 1, value: Array.from({ length: 300_000 }, () => ({})) }"), /too many values/],
    [frame("{ kind: 'done', call: 1, value: JSON.parse('['.repeat(200) + ']'.repeat(200)) }"), /too deep/],
    [
      "(() => { for (let n = 0; n < 5000; n++) ctx.log.info('x'); return new Promise(() => undefined); })()",
      /told more/,
    ],
    ['Promise.all(Array.from({ length: 100 }, () => ctx.counter.hold()))', /more often/],
  ];
  for (const [expression, why] of hostile) {
    const spare = crypto.randomUUID();
    await assert.rejects(say(runner, expression, { principal: spare }), (error) => {
      assert.ok(error instanceof SandboxFailure, `${expression}: ${String(error)}`);
      assert.match(error.message, why, expression);
      return true;
    });
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('a stranger cannot answer for another call, nor hold more than it declares', options, async () => {
  const runner = await open();
  // An answer forged before the handler is done is an answer of the handler: it is its own to give, and checked as such.
  const forged = `(${FS}.writeSync(4, (() => { const text = Buffer.from(JSON.stringify({ kind: 'done', call: 1, value: { value: 'forged' } })); const head = Buffer.alloc(8); head.writeUInt32LE(text.length, 0); return Buffer.concat([head, text]); })()), 'true')`;
  assert.equal(await say(runner, forged, { principal: 'frank' }), 'forged');
  await assert.rejects(
    say(runner, '(() => { const e = new Error("secret path /srv"); throw e; })()'),
    (error) => error instanceof HandlerFailure && /secret path/.test(error.message),
  );
  await assert.rejects(
    say(runner, "ctx.notes.create('x'.repeat(100_000))"),
    (error) => error instanceof RangeError,
    'what a capability threw comes back as itself',
  );
  assert.ok(new PublicError('x') instanceof Error);
});
