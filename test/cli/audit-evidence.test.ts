import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { portcullis } from '../support/command.ts';
import { scratch } from '../support/interop.ts';

const BAD = '{"mcpServers": {"notes": {"command": "npx", "args": ["-y", "notes"]}}}\n';
const WORSE = `{"mcpServers": {
"notes": {"command": "npx", "args": ["-y", "notes"]},
"mail": {"command": "npx", "args": ["-y", "mail"]}
}}\n`;

async function world(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = await scratch(t);
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const run = async (...args: readonly string[]) => {
    const command = portcullis(t, folder, args);
    return { code: await command.ended, out: command.stdout(), err: command.stderr() };
  };
  return { folder, write, run, audit: (...args: readonly string[]) => run('audit', ...args) };
}

function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const waiver = (until: string): string =>
  `waivers:\n  - rule: floating-server-version\n    file: mcp.json\n    reason: the demo alone\n    owner: ann\n    expires: ${until}\n`;

test('a waiver beside the target is told, counts until it expires, and can be left out', async (t) => {
  const { write, audit } = await world(t, { 'a/mcp.json': BAD, 'a/portcullis.waivers.yaml': waiver(day(30)) });
  const first = await audit('a');
  assert.equal(first.code, 0);
  assert.match(first.out, /^a\/portcullis\.waivers\.yaml: 1 waiver counts; findings waived: 1$/m);
  assert.match(
    first.out,
    /^waived {4}mcp\.json:1:60 {2}floating-server-version: waived by ann until .*: the demo alone$/m,
  );
  assert.match(first.out, /^Nothing else was found; 1 more is known or waived\.$/m);
  assert.match(first.out, /^Controls: \d+ unknown, 2 waived$/m);
  assert.match(first.out, /^CoSAI: no level is reached in every dimension .* 1 are waived$/m);
  assert.equal((await audit('a', '--no-waivers')).code, 1);
  await write('a/portcullis.waivers.yaml', waiver(day(-1)));
  const late = await audit('a/mcp.json');
  assert.equal(late.code, 1);
  assert.match(late.out, /portcullis\.waivers\.yaml:6:14: does not count: it expired on /);
  const gone = await audit('a', '--waivers', 'absent.yaml');
  assert.equal(gone.code, 1);
  assert.match(gone.err, /absent\.yaml cannot be used: there is no such file/);
});

test('what stands in a baseline is known, and what is new fails', async (t) => {
  const { write, audit } = await world(t, { 'mcp.json': BAD });
  assert.equal((await audit('mcp.json', '--write-baseline', 'baseline.json')).code, 1);
  const same = await audit('mcp.json', '--baseline', 'baseline.json');
  assert.equal(same.code, 0);
  assert.match(same.out, /^baseline\.json: findings that stand in it: 1$/m);
  await write('mcp.json', WORSE);
  const more = await audit('mcp.json', '--baseline', 'baseline.json');
  assert.equal(more.code, 1);
  assert.match(more.out, /^1 finding: 1 high; 1 more is known or waived$/m);
  assert.match((await audit('mcp.json', '--baseline', 'mcp.json')).err, /mcp\.json cannot be used: it is no report of/);
  // It changes no verdict: what is known fails its control all the same.
  const { verdicts } = JSON.parse((await audit('mcp.json', '--baseline', 'baseline.json', '--format', 'json')).out) as {
    readonly verdicts: readonly { readonly control: string; readonly status: string }[];
  };
  assert.equal(verdicts.find(({ control }) => control === 'TDS-04')?.status, 'fail');
});

test('with a commit, what stands in lines that have not changed is known', async (t) => {
  const { folder, write, audit } = await world(t, { 'mcp.json': BAD.replace('}}}', '}\n}}') });
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
  git('init', '-q');
  git('add', '-A');
  git('-c', 'commit.gpgsign=false', 'commit', '-qm', 'x');
  const same = await audit('.', '--since', 'HEAD');
  assert.equal(same.code, 0);
  assert.match(same.out, /^since HEAD \([0-9a-f]{12}\): findings in lines that have not changed: 1$/m);
  await write('mcp.json', WORSE);
  const changed = await audit('.', '--since', 'HEAD');
  assert.equal(changed.code, 1);
  assert.match(
    (await audit('.', '--since', 'absent')).err,
    /git cannot tell what changed since absent: there is no such/,
  );
});

test('an audit is signed, and a stranger checks it without the target', async (t) => {
  const { folder, write, run, audit } = await world(t, { 'a/mcp.json': BAD, 'a/Dockerfile': 'FROM node\n' });
  assert.equal((await run('manifest', 'key', 'auditor')).code, 0);
  const signed = await audit('a', '--sign', 'auditor', '--save', 'run.json');
  assert.equal(signed.code, 1);
  const file = 'portcullis-audit.intoto.json';
  const verify = (...more: readonly string[]) => audit('verify', file, '--key', 'auditor.pub', ...more);
  const checked = await verify('--target', 'a', '--run', 'run.json', '--max-age', '1');
  assert.deepEqual([checked.code, checked.err], [0, '']);
  assert.match(checked.out, /^portcullis-audit\.intoto\.json: signed by the key [\w-]{43}; the audit is 0 days old$/m);
  assert.match(checked.out, /^target {4}a, sha256 [0-9a-f]{64} of 2 files that were read$/m);
  assert.match(checked.out, /^verdicts {2}0 pass, \d+ fail, \d+ unknown, 0 waived, 0 not-applicable$/m);
  const sums = 'sha256sum Dockerfile mcp.json | sha256sum';
  const sum = execFileSync('sh', ['-c', sums], { cwd: join(folder, 'a'), encoding: 'utf8' }).slice(0, 64);
  assert.ok(checked.out.includes(sum));
  // A kept run is signed for what it was.
  await write('a/mcp.json', WORSE);
  assert.equal((await audit('run.json', '--replay', '--sign', 'auditor', '--attestation', 'again.json')).code, 1);
  assert.equal((await audit('verify', 'again.json', '--key', 'auditor.pub', '--run', 'run.json')).code, 0);
  for (const [args, message] of [
    [['--target', 'a'], /a is not what was audited: mcp\.json changed/],
    [['--run', file], /is not the run that was judged/],
    [['--max-age', '0'], /days old, and 0 are allowed/],
  ] as const) {
    const { code, err } = await verify(...args);
    assert.equal(code, 1);
    assert.match(err, message);
  }
  await run('manifest', 'key', 'stranger');
  const wrong = await audit('verify', file, '--key', 'stranger.pub');
  assert.match(wrong.err, /is refused: this key has not signed it/);
  assert.match((await audit('verify', file, '--key', 'auditor')).err, /auditor is refused: it is no public key in PEM/);
  const text = await readFile(join(folder, file), 'utf8');
  await write(
    file,
    text.replace(/"payload": "(.{40})/, (_, some: string) => `"payload": "${some.toLowerCase()}`),
  );
  assert.match((await verify()).err, /is refused: this key has not signed it, or it was changed after that/);
  await write('open', await readFile(join(folder, 'auditor'), 'utf8'));
  assert.match((await audit('a', '--sign', 'open')).err, /can be read by others: its mode must be 0600/);
});

test('a target of the name verify is looked at by its path', async (t) => {
  const { audit } = await world(t, { 'verify/mcp.json': BAD });
  const { code, out } = await audit('./verify');
  assert.equal(code, 1);
  assert.match(out, /^\.\/verify: 1 file looked at$/m);
  assert.match((await audit('verify')).err, /missing required argument 'file'|required option '--key/);
});
