import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { signManifest } from '../support/manifest.ts';
import { portcullis } from '../support/command.ts';

const NOTES = fileURLToPath(new URL('../../examples/notes/server.ts', import.meta.url));
const INDEX = new URL('../../src/index.ts', import.meta.url).href;

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-dev-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('dev serves, tells how to connect, challenges, and stops cleanly with a log that verifies', async (t) => {
  const cwd = await folder(t);
  const run = portcullis(t, cwd, ['dev', NOTES, '--port', '0']);
  const [, url = ''] = await run.until(/endpoint +(http:\S+)/);
  const [, issuer = ''] = await run.until(/sign-in +(http:\S+)/);
  await run.until(/Ctrl-C stops it/);
  for (const said of [
    /demo users +alice +password \S+/,
    /\n +bob +password \S+/,
    /eras +modern \(2026-07-28\), legacy/,
    /audit log +\.portcullis\/audit/,
    /npx @modelcontextprotocol\/inspector --transport http --server-url http:/,
    /claude mcp add --transport http notes http:/,
    /code --add-mcp '\{"name":"notes","type":"http","url":"http:/,
    /npx mcp-remote http:/,
  ]) {
    assert.match(run.stdout(), said);
  }
  const refused = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer .*resource_metadata="/);
  await run.until(/TOKEN_MISSING/);
  const metadata = await fetch(`${new URL(url).origin}/.well-known/oauth-protected-resource/mcp`);
  assert.deepEqual(((await metadata.json()) as Record<string, unknown>)['authorization_servers'], [issuer]);
  run.signal('SIGTERM');
  assert.equal(await run.ended, 0);
  assert.equal(run.stderr(), '');

  const verify = portcullis(t, cwd, ['log', 'verify']);
  assert.equal(await verify.ended, 0);
  assert.match(verify.stdout(), /^The log is whole: 3 records, 3 signed\.\n$/);
  for (const [path, mode] of [
    ['.portcullis', 0o700],
    ['.portcullis/audit', 0o700],
    ['.portcullis/audit.key', 0o600],
    ['.portcullis/root.keys', 0o600],
    ['.portcullis/store.db', 0o600],
    ['.portcullis/notes.db', 0o600],
  ] as const) {
    assert.equal((await stat(join(cwd, path))).mode & 0o777, mode, path);
  }
});

test('a taken port is one line and exit code 1, whether asked for by --port or PORT', async (t) => {
  const blocker = createServer();
  t.after(() => blocker.close());
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const address = blocker.address();
  const port = String(typeof address === 'object' && address !== null ? address.port : 0);
  const expected = `portcullis: port ${port} on 127.0.0.1 is taken. Choose another with --port or PORT.\n`;
  for (const [args, environment] of [
    [['--port', port], {}],
    [[], { PORT: port }],
  ] as const) {
    const run = portcullis(t, await folder(t), ['dev', NOTES, ...args], environment);
    assert.equal(await run.ended, 1);
    assert.equal(run.stderr(), expected);
    assert.equal(run.stdout(), '');
  }
});

for (const [what, source, expected] of [
  [
    'no default export',
    'export const x = 1;',
    /^portcullis: server\.ts has no server as its default export\. End it with: export default server\(\{ \.\.\. \}\);\n$/,
  ],
  [
    'another default export',
    'export default { tools: [] };',
    /^portcullis: server\.ts has no server as its default export\./,
  ],
  ['a syntax error', 'export default server(;', /^portcullis: server\.ts could not be loaded: [^\n]+\n/],
  [
    'a misspelt option',
    `import { server } from '${INDEX}';\n\nexport default server({ name: 'a', version: '1', tols: [] });`,
    /^portcullis: server\.ts could not be loaded: server "a": [^\n]*"tols"[^\n]*"tools"\? \(line 3\)\n$/,
  ],
  [
    'a tool without bounds',
    `import { server, tool } from '${INDEX}';\nimport * as z from '${import.meta.resolve('zod')}';\nexport default server({ name: 'a', version: '1', tools: [tool({ name: 'find_it', description: 'Find it.', input: z.strictObject({ phrase: z.string() }), output: z.strictObject({}), scope: 'a:read', effect: 'read', run: () => ({}) })] });`,
    /^portcullis: The server was not started: one thing to mend\.\n- tool "find_it", [^\n]*unbounded string[^\n]*\n$/,
  ],
] as const) {
  test(`a module with ${what} is told in words, without a stack`, async (t) => {
    const cwd = await folder(t);
    await writeFile(join(cwd, 'server.ts'), source);
    const run = portcullis(t, cwd, ['dev', 'server.ts', '--port', '0']);
    assert.equal(await run.ended, 1);
    assert.match(run.stderr(), expected);
    assert.doesNotMatch(run.stderr(), /\n +at /);
    assert.equal(run.stdout(), '');
  });
}

test('a module that is not there is told in a line', async (t) => {
  const run = portcullis(t, await folder(t), ['dev', 'nowhere.ts']);
  assert.equal(await run.ended, 1);
  assert.equal(
    run.stderr(),
    'portcullis: there is no file nowhere.ts. Name a module whose default export is server({ ... }).\n',
  );
});

test('dev refuses a configuration for production, and serve refuses what production may not have', async (t) => {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'p.yaml'), 'profile: production\nhttp:\n  port: 0\n');
  const dev = portcullis(t, cwd, ['dev', NOTES, '--config', 'p.yaml']);
  assert.equal(await dev.ended, 1);
  assert.match(dev.stderr(), /^portcullis: p\.yaml is for production\. Run it with: portcullis serve /);
  const serve = portcullis(t, cwd, ['serve', NOTES, '--config', 'p.yaml']);
  assert.equal(await serve.ended, 1);
  assert.deepEqual(
    serve
      .stderr()
      .trim()
      .split('\n')
      .map((line) => /^p\.yaml:\d+:\d+: [a-zA-Z.]+:/.exec(line)?.[0]),
    [
      'p.yaml:1:1: auth.issuers:',
      'p.yaml:1:1: manifest:',
      'p.yaml:1:1: audit.key:',
      'p.yaml:1:1: keys.file:',
      'p.yaml:2:1: http.tls:',
    ],
  );
});

test('serve takes keys that were made once, behind a proxy, reloads its file, and stops cleanly', async (t) => {
  const cwd = await folder(t);
  const lines = [
    'profile: production',
    'http:',
    '  port: 0',
    '  publicUrl: https://notes.example.com/mcp',
    '  terminatedBy: proxy',
    '  trustedProxies: [127.0.0.1]',
    'auth: {issuers: [{issuer: "https://login.example.com"}]}',
    'data: state',
    'audit: {key: secrets/audit.key}',
    'keys: {file: secrets/root.keys}',
    ...(await signManifest(t, cwd, NOTES)),
  ];
  const config = join(cwd, 'p.yaml');
  await writeFile(config, lines.join('\n'));
  const keys = portcullis(t, cwd, ['keys', '--config', 'p.yaml']);
  assert.equal(await keys.ended, 0);
  assert.equal(keys.stdout().split('made ').length, 3);
  assert.equal((await stat(join(cwd, 'secrets/root.keys'))).mode & 0o777, 0o600);
  const check = portcullis(t, cwd, ['config', 'check', 'p.yaml']);
  assert.equal(await check.ended, 0);
  assert.equal(check.stdout(), 'p.yaml is sound: profile production, https://notes.example.com/mcp, 1 issuer.\n');

  const run = portcullis(t, cwd, ['serve', NOTES, '--config', 'p.yaml']);
  await run.until(/"message":"serving notes"/);
  await writeFile(config, [...lines, 'limits: {pageSize: 7}'].join('\n'));
  await run.until(/configuration: limits\.pageSize: nothing -> 7"/);
  await writeFile(config, [...lines, 'limits: {pageSise: 7}'].join('\n'));
  await run.until(/p\.yaml:15:10: limits\.pageSise: there is no such key/);
  run.signal('SIGTERM');
  assert.equal(await run.ended, 0);
  await writeFile(config, lines.join('\n'));
  const shown = portcullis(t, cwd, ['log', 'show', '--config', 'p.yaml']);
  assert.equal(await shown.ended, 0);
  assert.match(shown.stdout(), / config +accepted +- +limits\.pageSize .*after=7/);

  const verified = portcullis(t, cwd, ['log', 'verify', 'state/audit']);
  assert.equal(await verified.ended, 0);
  const segment = join(cwd, 'state/audit/segment-000000000000.jsonl');
  await writeFile(segment, (await readFile(segment, 'utf8')).replace('"accepted"', '"Accepted"'));
  const broken = portcullis(t, cwd, ['log', 'verify', '--config', 'p.yaml']);
  assert.equal(await broken.ended, 1);
  assert.match(broken.stdout(), /segment-000000000000\.jsonl:\d+: altered: .*\n.*The log is NOT whole/s);
});
