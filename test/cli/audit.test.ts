import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { portcullis } from '../support/command.ts';
import { scratch } from '../support/interop.ts';
import { tgzOf } from '../support/tar.ts';

const BAD = '{"mcpServers": {"notes": {"command": "npx", "args": ["-y", "notes"]}}}\n';
const GOOD = '{"mcpServers": {"notes": {"command": "npx", "args": ["-y", "notes@1.2.3"]}}}\n';
const MEDIUM = '{"mcpServers": {"notes": {"command": "/usr/bin/notes", "args": ["/"]}}}\n';

async function world(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = await scratch(t);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return {
    folder,
    audit: async (...args: readonly string[]) => {
      const command = portcullis(t, folder, ['audit', ...args]);
      return { code: await command.ended, out: command.stdout(), err: command.stderr() };
    },
  };
}

test('a person reads what is wrong, where, and how to mend it', async (t) => {
  const { audit } = await world(t, { 'mcp.json': BAD });
  const { code, out } = await audit('mcp.json');
  assert.equal(code, 1);
  assert.match(out, /^mcp\.json: 1 file looked at$/m);
  assert.match(
    out,
    /^high +A server is started at whatever version is newest +floating-server-version TDS-04 SUP-01$/m,
  );
  assert.match(out, /^ {2}mcp\.json:1:60 {2}"notes" starts a package without an exact version: notes$/m);
  assert.match(out, /^ {2}mend {2}Write the exact version/m);
  assert.match(out, /^1 finding: 1 high$/m);
  assert.match(out, /^OWASP minimum bar: 0 of 15 lines hold, \d+ do not, \d+ cannot be told from here$/m);
});

test('the exit code is 1 from the chosen severity on, and 2 where something could not be read', async (t) => {
  const { audit } = await world(t, {
    'good/mcp.json': GOOD,
    'medium/mcp.json': MEDIUM,
    'torn/mcp.json': GOOD.slice(0, 40),
    'none/readme.txt': 'x',
  });
  assert.equal((await audit('good')).code, 0);
  assert.equal((await audit('medium')).code, 0);
  assert.equal((await audit('medium', '--fail-on', 'medium')).code, 1);
  assert.equal((await audit('medium', '--fail-on', 'never')).code, 0);
  const torn = await audit('torn');
  assert.equal(torn.code, 2);
  assert.match(torn.out, /^not read: mcp\.json: line 1, column \d+: /m);
  for (const [path, why] of [
    ['none', /there is nothing at none that is looked at/],
    ['absent', /there is nothing at absent\. Name a file, a folder, or a package at its version/],
  ] as const) {
    const { code, err } = await audit(path);
    assert.equal(code, 1);
    assert.match(err, why);
  }
});

test('what was gathered is kept for its owner alone, and judged again without the target', async (t) => {
  const { folder, audit } = await world(t, { 'mcp.json': BAD, 'other.json': '{}' });
  const first = await audit('mcp.json', '--save', 'run.json');
  await writeFile(join(folder, 'mcp.json'), GOOD);
  const again = await audit('run.json', '--replay');
  assert.deepEqual([again.code, again.out], [first.code, first.out]);
  assert.equal((await stat(join(folder, 'run.json'))).mode & 0o777, 0o600);
  assert.match((await audit('other.json', '--replay')).err, /other\.json is no run that was kept/);
});

test('each format goes to a file as well', async (t) => {
  const { folder, audit } = await world(t, { 'mcp.json': BAD });
  for (const [format, form] of [
    ['json', /"rule": "floating-server-version"/],
    ['sarif', /"version": "2\.1\.0"/],
    ['html', /<h2 id="bar">OWASP minimum bar/],
    ['markdown', /^\| high \| `floating-server-version` \|/m],
    ['junit', /<testcase classname="portcullis\.audit" name="floating-server-version"><failure /],
  ] as const) {
    const { code, out } = await audit('mcp.json', '--format', format, '--output', `report.${format}`);
    assert.deepEqual([code, out], [1, '']);
    assert.match(await readFile(join(folder, `report.${format}`), 'utf8'), form);
  }
  assert.match(
    (await audit('mcp.json', '--format', 'pdf')).err,
    /Allowed choices are terminal, json, html, sarif, markdown, junit/,
  );
});

test('what can be mended by itself is written as a patch, which needs the target', async (t) => {
  const pod = 'apiVersion: v1\nkind: Pod\nspec:\n  automountServiceAccountToken: true\n  containers: [{name: a}]\n';
  const { folder, audit } = await world(t, { 'k8s/pod.yaml': pod });
  for (const target of ['k8s', 'k8s/pod.yaml']) {
    const { err } = await audit(target, '--patch', 'mend.patch', '--save', 'run.json');
    assert.equal(err, '');
    const patch = await readFile(join(folder, 'mend.patch'), 'utf8');
    assert.match(patch, /^--- a\/pod\.yaml\n[^]*^\+ {2}automountServiceAccountToken: false$/m);
  }
  const { code, err } = await audit('run.json', '--replay', '--patch', 'other.patch');
  assert.notEqual(code, 0);
  assert.match(err, /--patch needs the target itself/);
});

test('a package is named at an exact version, and looked at without being run', async (t) => {
  const { audit } = await world(t, {});
  const inexact = await audit('@acme/notes@^1.2.3');
  assert.equal(inexact.code, 1);
  assert.match(inexact.err, /Write the exact version, such as @acme\/notes@1\.2\.3/);
  assert.match((await audit('notes@latest')).err, /notes@latest can be another thing tomorrow/);
  assert.match((await audit('notes@1.2.3', '--patch', 'x.patch')).err, /--patch needs the target itself/);
});

test('an archive of a package is told what is wrong with it', async (t) => {
  const { folder, audit } = await world(t, {});
  const manifest = JSON.stringify({
    name: 'notes',
    version: '1.2.3',
    license: 'MIT',
    scripts: { install: 'curl x.example' },
  });
  const archive = tgzOf([
    { name: 'package/package.json', text: manifest },
    { name: 'package/../../out', text: 'x' },
  ]);
  await writeFile(join(folder, 'notes-1.2.3.tgz'), archive);
  const { code, out } = await audit('notes-1.2.3.tgz');
  assert.equal(code, 1);
  assert.match(out, /^ {2}package\/\.\.\/\.\.\/out:1:1 {2}its path leads out of the package: path$/m);
  assert.match(out, /^ {2}package\.json:1:1 {2}its install fetches or evaluates something: curl x\.example$/m);
});

test('a lockfile is compared with the known vulnerabilities that are given, and without any it is unknown', async (t) => {
  const lock = { lockfileVersion: 3, packages: { 'node_modules/zod': { version: '1.2.3', integrity: 'sha512-x' } } };
  const record = {
    id: 'GHSA-x',
    modified: new Date().toISOString(),
    affected: [{ package: { ecosystem: 'npm', name: 'zod' }, versions: ['1.2.3'] }],
    database_specific: { severity: 'CRITICAL' },
  };
  const { audit } = await world(t, {
    'a/package-lock.json': JSON.stringify(lock),
    'osv/x.json': JSON.stringify(record),
  });
  const known = await audit('a', '--osv', 'osv');
  assert.equal(known.code, 1);
  assert.match(known.out, /^critical +A locked version is known to be vulnerable +known-vulnerability SUP-02 DEP-05$/m);
  const unknown = await audit('a', '--format', 'json');
  assert.match(unknown.out, /no known vulnerabilities were given: --osv <folder>/);
  assert.match((await audit('a', '--osv', 'absent')).err, /there is no folder absent of known vulnerabilities/);
});
