import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openDeployment } from '../../src/config/open.ts';
import { parseConfig, readConfig } from '../../src/config/read.ts';
import { server, serveHttp } from '../../src/index.ts';
import { echo } from '../../src/prove/tools.ts';
import { portcullis } from '../support/command.ts';

const VALUE = 'a-value-that-nobody-may-see';

function makeFolder(t: TestContext, config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'portcullis.yaml'), config);
  writeFileSync(join(folder, 'crm'), VALUE, { mode: 0o600 });
  writeFileSync(join(folder, 'mail'), `${VALUE} too`, { mode: 0o600 });
  return folder;
}

async function run(t: TestContext, folder: string, ...args: readonly string[]) {
  const command = portcullis(t, folder, ['secrets', ...args, '--config', 'portcullis.yaml']);
  const code = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

const CONFIG = `profile: dev
data: data
secrets:
  crm: {from: 'file:crm', owner: crm-team, maxAge: 90d}
  mail: {from: 'file:mail'}
`;

test('check tells of each secret where it is, and what could be better; the exit code says whether all is sound', async (t) => {
  const folder = makeFolder(t, CONFIG);
  const { code, stdout } = await run(t, folder, 'check');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^crm +file +0 days old +crm-team\nmail +file +0 days old\n  note: nobody answers for it \(owner\)\n/,
  );
  assert.match(stdout, /2 secrets, 0 to mend\.\n$/);
  assert.doesNotMatch(stdout, /nobody-may-see/);
});

test('check tells what has to be mended, as JSON as well, and never a value', async (t) => {
  const config = `${CONFIG.replace('profile: dev', 'profile: dev\nenvironment: staging')}  gone: {from: 'file:gone'}
  short: {from: 'file:short'}
  literal: {from: 'a literal with words'}
`;
  const folder = makeFolder(t, config);
  writeFileSync(join(folder, 'mail'), VALUE);
  writeFileSync(join(folder, 'short'), 'short', { mode: 0o600 });
  chmodSync(join(folder, 'crm'), 0o644);
  const { code, stdout } = await run(t, folder, 'check', '--json');
  assert.equal(code, 1);
  const found = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; reachable: boolean; problems: string[] })
      .map((finding) => [finding.name, finding]),
  );
  assert.match(found.get('crm')?.problems[0] ?? '', /crm can be read by others/);
  assert.deepEqual(found.get('mail')?.problems, ['it has the value of "crm". Give each its own']);
  assert.equal(found.get('gone')?.reachable, false);
  assert.deepEqual(found.get('short')?.problems, ['it has fewer than 8 characters']);
  assert.match(found.get('literal')?.problems[0] ?? '', /this is no reference/);
  assert.doesNotMatch(stdout, /nobody-may-see|with words/);
});

test('a configuration that holds a credential is refused where it stands, and not repeated', async (t) => {
  const token = `ghp_${'0Ab1Cd2Ef3'.repeat(4)}`;
  const random = 'q7Zt3xW9pLmK2vBn8RsY4cFd';
  for (const [text, place] of [
    [`profile: dev\n# the token was ${token}\n`, ':2:17: this looks like a GitHub token'],
    [`profile: dev\nsecrets:\n  crm: {from: '${random}'}\n`, ':3:15: this looks like a credential'],
    [
      `profile: dev\nhttp: {publicUrl: 'https://app:${random}@x.example'}\n`,
      ':2:20: this looks like a URL with a password',
    ],
    [`profile: dev\nunknown: ${random}\n`, ':2:10: this looks like a credential'],
  ] as const) {
    const folder = makeFolder(t, text);
    const { code, stdout, stderr } = await run(t, folder, 'check');
    assert.equal(code, 1);
    assert.ok(stderr.includes(`portcullis.yaml${place}`), stderr);
    assert.ok(!`${stdout}${stderr}`.includes(random) && !`${stdout}${stderr}`.includes(token));
  }
});

test('fingerprints of one environment keep another from having its secrets', async (t) => {
  const staging = makeFolder(t, CONFIG.replace('profile: dev', 'profile: dev\nenvironment: staging'));
  const { code, stdout } = await run(t, staging, 'fingerprints');
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /nobody-may-see/);
  const config = `profile: dev\nenvironment: qa\ndata: data\nfingerprints: {others: [staging.json]}\nsecrets:\n  crm: {from: 'file:crm'}\n`;
  const folder = makeFolder(t, config);
  writeFileSync(join(folder, 'staging.json'), stdout);
  const checked = await run(t, folder, 'check');
  assert.equal(checked.code, 1);
  assert.match(checked.stdout, /problem: it has the value of "crm" of the environment staging/);
  writeFileSync(join(folder, 'crm'), 'a-value-of-its-own-for-qa', { mode: 0o600 });
  assert.equal((await run(t, folder, 'check')).code, 0);
  writeFileSync(join(folder, 'staging.json'), '{}');
  assert.match((await run(t, folder, 'check')).stderr, /fingerprints: .*staging\.json cannot be read/);
});

test('rotate --generate puts a new value in place, and the running server says that it has it', async (t) => {
  const folder = makeFolder(t, CONFIG.replace("{from: 'file:crm'", "{from: 'file:crm', refresh: 1h"));
  const definition = server({ name: 'desk', version: '1.0.0', tools: [echo] });
  const source = await readConfig(join(folder, 'portcullis.yaml'));
  const open = await openDeployment(source, definition, () => undefined);
  const host = await serveHttp(definition, open.deployment);
  // The hooks of a test run in the order of their entry, and the folder was made first.
  await using closing = new AsyncDisposableStack();
  closing.defer(() => open.close());
  closing.defer(() => host.close());
  const { code, stdout } = await run(t, folder, 'rotate', 'crm', '--generate');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /wrote a new value to .*crm\n\d+@\S+: crm has (?:a new value|the value that it had)\n$/);
  const value = readFileSync(join(folder, 'crm'), 'utf8');
  assert.match(value, /^[\w-]{43}$/);
  assert.ok(!stdout.includes(value));
  assert.equal(statSync(join(folder, 'crm')).mode & 0o777, 0o600);
  const again = await run(t, folder, 'rotate', 'crm');
  assert.match(again.stdout, /: crm has the value that it had\n$/);
  const files = readFileSync(join(folder, 'data', 'fingerprints', 'dev.json'), 'utf8');
  assert.doesNotMatch(files, new RegExp(`${VALUE}|${value}`));
});

test('rotate says when nobody runs, and what cannot be generated', async (t) => {
  const folder = makeFolder(t, `${CONFIG}  link: {from: 'file:link'}\n  cloud: {from: 'aws:crm'}\n`);
  symlinkSync('crm', join(folder, 'link'));
  const alone = await run(t, folder, 'rotate', 'mail', '--generate');
  assert.equal(alone.code, 0);
  assert.match(alone.stdout, /wrote a new value to .*mail\nNo running server answered\.\n/);
  for (const [args, message] of [
    [['rotate', 'crn'], /declares no secret "crn"; did you mean "crm"\?/],
    [['rotate', 'link', '--generate'], /link is no regular file/],
    [['rotate', 'cloud', '--generate'], /--generate is for file: secrets/],
  ] as const) {
    const { code, stderr } = await run(t, folder, ...args);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  assert.equal(readFileSync(join(folder, 'crm'), 'utf8'), VALUE);
});

test('every configuration of the guide has the right shape', () => {
  const guide = readFileSync(new URL('../../docs/guides/secrets.md', import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, body = '']) => body);
  assert.equal(blocks.length, 5);
  for (const text of blocks)
    parseConfig(text.includes('profile:') ? text : `profile: production\n${text}`, 'guide.yaml');
});
