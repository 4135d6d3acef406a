import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf } from '../../src/audit/judge.ts';
import { parseConfig } from '../../src/config/read.ts';
import { obtain, openSignedIn, REDIRECT, submit } from '../support/approval-world.ts';
import { openBrowser, type Account } from '../support/browser.ts';
import { portcullis } from '../support/command.ts';

const INDEX = new URL('../../src/index.ts', import.meta.url).href;

const MODULE = `
import { server, tool, jsonSchema } from '${INDEX}';
const closed = { type: 'object', properties: {}, additionalProperties: false };
const output = { type: 'object', properties: { open: { type: 'boolean' } }, required: ['open'], additionalProperties: false };
const door = (name, scope) => tool({
  name, description: 'Opens a door.', input: jsonSchema(closed), output: jsonSchema(output), scope, effect: 'read',
  run: () => ({ open: true }),
});
export default server({ name: 'doors', version: '1.0.0', tools: [door('look', 'doors:look'), door('open', 'doors:open')] });
`;

async function folder(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-grants-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'server.ts'), MODULE);
  await writeFile(
    join(directory, 'portcullis.yaml'),
    'profile: dev\ndata: .portcullis\napprovals:\n  approvers: [bob]\n',
  );
  return directory;
}

async function register(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
  });
  const registered: unknown = await response.json();
  return typeof registered === 'object' && registered !== null && 'client_id' in registered
    ? String(registered.client_id)
    : '';
}

test('a grant is asked for, approved by somebody else, used, listed and revoked', async (t) => {
  const cwd = await folder(t);
  const run = portcullis(t, cwd, ['dev', 'server.ts', '--port', '0', '--config', 'portcullis.yaml']);
  const [, url = ''] = await run.until(/endpoint +(http:\S+)/);
  const [, issuer = ''] = await run.until(/sign-in +(http:\S+)/);
  const passwordOf = async (name: string): Promise<Account> => {
    const [, password = ''] = await run.until(new RegExp(`${name} +password (\\S+)`));
    return { name, password };
  };
  const [alice, bob] = [await passwordOf('alice'), await passwordOf('bob')];
  const command = async (...args: readonly string[]) => {
    const asked = portcullis(t, cwd, args);
    return { code: await asked.ended, out: asked.stdout(), err: asked.stderr() };
  };
  const config = ['--config', 'portcullis.yaml'];
  const asking = [
    '--scope',
    'doors:open',
    '--for',
    '2h',
    '--reason',
    'the lock is stuck',
    '--ticket',
    'OPS-7',
    ...config,
  ];

  const token = await obtain(issuer, url, alice, await register(issuer), 'doors:look');
  const connection = await connectHttp({ url: new URL(url), era: 'modern', token, capabilities: {} });
  const open = () => connection.request('tools/call', { name: 'open', arguments: {} });
  assert.equal((await open()).status, 403);

  const refused = await command('grant', '--principal', 'alice', ...asking);
  assert.match(refused.err, /names no issuer\. Say which with --issuer/);
  const requested = await command('grant', '--principal', 'alice', '--issuer', issuer, ...asking);
  assert.equal(requested.code, 0, requested.err);
  const id = /^grant ([\w-]{22}): doors:open for alice, 2 hours once it is approved\./.exec(requested.out)?.[1] ?? '';
  assert.equal((await open()).status, 403);

  const page = `${new URL(url).origin}/approvals?grant=${id}`;
  const own = await openSignedIn(openBrowser(), page, alice);
  assert.match(own.body, /Somebody else has to decide/);
  const browser = openBrowser();
  const shown = await openSignedIn(browser, page, bob);
  assert.match(shown.body, /the lock is stuck[\s\S]*OPS-7/);
  assert.match((await submit(browser, shown, { decision: 'approve' })).body, /The scopes are granted/);
  assert.deepEqual(resultOf(await open())?.['structuredContent'], { open: true });

  assert.match(
    (await command('grants', ...config)).out,
    new RegExp(`^${id}  active {4}alice  doors:open  until .*  OPS-7  by bob\n$`),
  );
  const revoked = await command('revoke', id, ...config);
  assert.equal(revoked.out, `grant ${id} is revoked.\n`);
  assert.equal((await open()).status, 403);
  assert.match((await command('revoke', id, ...config)).err, /there is no grant/);
  await browser.visit(page);
  run.signal('SIGTERM');
  await run.ended;

  const log = await command('log', 'show', '--request', id, '--json');
  const steps = log.out.split('\n').filter((line) => line !== '');
  assert.deepEqual(
    steps.map((line) => /"after":"(\w+)"/.exec(line)?.[1]),
    ['requested', 'approved', 'used', 'revoked'],
  );
});

test('a grant needs a reason, a ticket, scopes and an end', async (t) => {
  const cwd = await folder(t);
  const base = ['grant', '--principal', 'alice', '--issuer', 'https://issuer.example', '--config', 'portcullis.yaml'];
  const whole = { '--scope': 'doors:open', '--for': '2h', '--reason': 'why', '--ticket': 'OPS-1' };
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ '--for': 'forever' }, /--for: "forever" is no span of time/],
    [{ '--for': '25h' }, /24h at most/],
    [{ '--reason': ' ' }, /--reason: give 1 to 300/],
    [{ '--ticket': '' }, /--ticket: give 1 to 300/],
    [{ '--scope': 'doors open' }, /is no scope/],
  ];
  for (const [change, expected] of wrong) {
    const options = Object.entries({ ...whole, ...change }).flat();
    const run = portcullis(t, cwd, [...base, ...options]);
    assert.equal(await run.ended, 1);
    assert.match(run.stderr(), expected);
  }
  const { '--ticket': _, ...without } = whole;
  const run = portcullis(t, cwd, [...base, ...Object.entries(without).flat()]);
  assert.equal(await run.ended, 1);
  assert.match(run.stderr(), /required option '--ticket <id>'/);
});

test('every configuration in the guide has the right shape', async () => {
  const guide = await readFile(new URL('../../docs/guides/approvals.md', import.meta.url), 'utf8');
  const configurations = [...guide.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) =>
    parseConfig(text, 'guide'),
  );
  assert.deepEqual(
    configurations.map(({ config }) => config.profile),
    ['production', 'dev'],
  );
});
