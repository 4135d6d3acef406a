import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { portcullis, type Command } from '../support/command.ts';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;
const INSECURE = new URL('../../src/insecure.ts', import.meta.url).href;
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** Tools with a need of each kind, which do what they say; and some that do more. */
const TOOLS = `
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from '${import.meta.resolve('zod')}';
import { arg, exec, files, server, sql, tool } from '${INDEX}';
import { insecureWithoutDeclaredBehaviour } from '${INSECURE}';
import { prefix } from './prefix.ts';

const define = (name, needs, work, more = {}) =>
  tool({
    name,
    description: 'Does one thing.',
    input: z.strictObject({}),
    output: z.strictObject({ text: z.string().max(1000) }),
    scope: 't:use',
    effect: 'read',
    needs,
    ...more,
    run: async (_, ctx) => ({ text: prefix + (await work(ctx)) }),
  });
const tools = [
  define('program', { echo: exec('echo', [arg.positional('text', arg.text({ maxLength: 50 }))]) },
    async ({ echo }) => (await echo.run({ text: '; id' })).stdout.trim()),
  define('document', { docs: files('docs', 'read') }, async ({ docs }) => (await docs.text('a.txt')).trim()),
  define('row', { db: sql('notes', 'read') }, async ({ db }) => JSON.stringify(await db.get\`select 7 as seven\`)),
  define('thread', {}, async () => 'worked', { sandbox: 'worker' }),
  define('allowed', {}, async () => readFileSync(new URL('./extra.txt', import.meta.url), 'utf8')),
  define('reader', {}, async () => readFileSync('/etc/hosts', 'utf8')),
  define('neighbour', {}, async () => readFileSync(new URL('./portcullis-secrets.txt', import.meta.url), 'utf8')),
  define('writer', {}, async () => { writeFileSync(new URL('./written.txt', import.meta.url), 'x'); return 'written'; }),
];
`;
const EXPORT = (names: string, insecure = ''): string => `
export default server({ name: 'many', version: '1.0.0', tools: tools.filter(({ options }) => ${names}.includes(options.name)), insecure: [${insecure}] });
`;
const ALL = `['program', 'document', 'row', 'thread', 'allowed', 'reader', 'neighbour', 'writer']`;
const CONFIG = 'profile: dev\nroots: {docs: ./docs}\npermissions: {read: [extra.txt]}\n';

async function folder(t: TestContext, source: string, config = CONFIG): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-permissions-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  // A sandbox of root runs as another user, who has to reach its files.
  await chmod(directory, 0o711);
  await mkdir(join(directory, 'docs'));
  await mkdir(join(directory, 'tmp'));
  for (const [name, text] of Object.entries({
    'server.ts': source,
    'prefix.ts': "export const prefix = '';",
    'portcullis.yaml': config,
    'docs/a.txt': 'a document',
    'extra.txt': 'extra',
    'portcullis-secrets.txt': 'a neighbour',
  }))
    await writeFile(join(directory, name), text);
  return directory;
}

function start(t: TestContext, cwd: string, args: readonly string[]): Command {
  return portcullis(t, cwd, [...args, '--config', 'portcullis.yaml'], { TMPDIR: join(cwd, 'tmp') });
}

async function call(run: Command, id: number, name: string): Promise<string> {
  const request = { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {}, _meta: META } };
  run.send(`${JSON.stringify(request)}\n`);
  const [, line = ''] = await run.until(new RegExp(`^(.*"id":${id},.*)$`, 'm'));
  return (
    /"structuredContent":\{"text":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? /\(([A-Z_]+), request/.exec(line)?.[1] ?? line
  );
}

test('serve confines itself to what its tools declare: they work, and whatever else they touch is refused and recorded', async (t) => {
  const cwd = await folder(t, TOOLS + EXPORT(ALL));
  const run = start(t, cwd, ['serve', 'server.ts', '--stdio']);
  const answers: Record<string, string> = {};
  const names = ['program', 'document', 'row', 'thread', 'allowed', 'reader', 'neighbour', 'writer'];
  for (const [id, name] of names.entries()) answers[name] = await call(run, id + 1, name);
  assert.deepEqual(answers, {
    program: '; id',
    document: 'a document',
    row: '{\\"seven\\":7}',
    thread: 'worked',
    allowed: 'extra',
    reader: 'SANDBOX_FAILED',
    neighbour: 'SANDBOX_FAILED',
    writer: 'SANDBOX_FAILED',
  });
  run.endInput();
  assert.equal(await run.ended, 0);
  assert.equal(existsSync(join(cwd, 'written.txt')), false);
  assert.match(
    run.stderr(),
    /"detail":"FileSystemRead \/etc\/hosts".*"target":"reader".*undeclared behaviour was refused/,
  );
  const [segment = ''] = (await readdir(join(cwd, '.portcullis/audit'))).filter((name) => name.endsWith('.jsonl'));
  const records = (await readFile(join(cwd, '.portcullis/audit', segment), 'utf8')).trim().split('\n');
  const violations = records.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'violation');
  assert.deepEqual(
    violations.map(({ target, detail }) => `${target} ${detail.split(' ')[0]}`),
    ['reader FileSystemRead', 'neighbour FileSystemRead', 'writer FileSystemWrite'],
  );
  // What it kept for the time of its run is gone with it.
  assert.deepEqual(await readdir(join(cwd, 'tmp')), []);
});

test('a second start finds the same places, and a signal ends it cleanly', async (t) => {
  const cwd = await folder(t, TOOLS + EXPORT(`['row', 'document']`));
  for (let round = 0; round < 2; round++) {
    const run = start(t, cwd, ['serve', 'server.ts', '--port', '0']);
    await run.until(/"serving many"/);
    run.signal('SIGTERM');
    assert.equal(await run.ended, 0);
    assert.doesNotMatch(run.stderr() + run.stdout(), /undeclared behaviour/);
  }
});

test('dev is confined when it is told to be, with the embedded issuer', async (t) => {
  const cwd = await folder(t, TOOLS + EXPORT(`['row', 'reader']`));
  const run = start(t, cwd, ['dev', 'server.ts', '--port', '0', '--permissions']);
  const [, url = ''] = await run.until(/endpoint +(http:\S+)/);
  await run.until(/Ctrl-C stops it/);
  assert.equal((await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' } })).status, 401);
  run.signal('SIGINT');
  assert.equal(await run.ended, 0);
  assert.doesNotMatch(run.stdout(), /undeclared behaviour/);
  assert.deepEqual(await readdir(join(cwd, 'tmp')), []);
});

test('a module that touches more while it loads is told what to permit, and none of it happens', async (t) => {
  const reading = `import { readFileSync } from 'node:fs'; readFileSync('/etc/hosts');`;
  const writing = `import { writeFileSync } from 'node:fs'; writeFileSync(new URL('./written.txt', import.meta.url), 'x');`;
  const starting = `import { execFileSync } from 'node:child_process'; execFileSync('/bin/true');`;
  for (const [source, what] of [
    [reading, /server\.ts touches \/etc\/hosts while it loads, which it does not declare/],
    [writing, /server\.ts touches .*written\.txt while it loads/],
    [starting, /server\.ts touches \/bin\/true while it loads/],
  ] as const) {
    const cwd = await folder(t, source);
    const run = start(t, cwd, ['serve', 'server.ts', '--stdio']);
    assert.equal(await run.ended, 1);
    assert.match(run.stderr(), what);
    assert.equal(existsSync(join(cwd, 'written.txt')), false);
    assert.deepEqual(await readdir(join(cwd, 'tmp')), []);
  }
});

test('what the flags cannot hold apart is told, not widened', async (t) => {
  const cwd = await folder(
    t,
    TOOLS + EXPORT(`['document']`),
    'profile: dev\nroots: {docs: ./docs}\npermissions: {read: [docs.txt]}\n',
  );
  await writeFile(join(cwd, 'docs.txt'), '');
  const run = start(t, cwd, ['serve', 'server.ts', '--stdio']);
  assert.equal(await run.ended, 1);
  assert.match(run.stderr(), /cannot tell the folder .*docs from .*docs\.txt, which begins alike\. Rename one/);
});

test('switched off, it touches what it likes', async (t) => {
  const cwd = await folder(t, TOOLS + EXPORT(`['neighbour']`, 'insecureWithoutDeclaredBehaviour'));
  const run = start(t, cwd, ['serve', 'server.ts', '--stdio']);
  assert.equal(await call(run, 1, 'neighbour'), 'a neighbour');
  run.endInput();
  assert.equal(await run.ended, 0);
});
