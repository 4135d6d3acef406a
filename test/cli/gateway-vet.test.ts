import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { portcullis } from '../support/command.ts';
import { startNpmRegistry, type NpmRegistry, type Published } from '../support/npm-registry.ts';

// Packages of a registry on loopback: installed from it, looked at, and held in production where they are not admitted.

const { missing } = await detectSandbox();
const skip = missing === undefined ? false : `needs the Debian package bubblewrap: ${missing}`;

const CODE = `#!/usr/bin/env node
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const answer = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
  if (method === 'initialize')
    answer({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } });
  if (method === 'tools/list')
    answer({ tools: [{ name: 'get_note', description: 'Gets a note.', inputSchema: { type: 'object', properties: {} } }] });
});
`;
const ATTESTED = { attestations: { url: 'x', provenance: { predicateType: 'https://slsa.dev/provenance/v1' } } };
const SOUND = {
  _npmUser: { name: 'ann', email: 'ann@example.com' },
  repository: { type: 'git', url: 'git+https://github.com/example/notes.git' },
  dist: ATTESTED,
};
const notes = (more: Published['more'] = SOUND, at = '2026-01-01T00:00:00.000Z'): Published => ({
  name: 'plain-notes-server',
  version: '1.2.3',
  code: CODE,
  at,
  more,
});

const YAML = `profile: dev
upstreams:
  notes:
    package: plain-notes-server@1.2.3
    about: { owner: ann, purpose: Notes, review: 2099-01-01 }
    tools:
      get_note: { effect: read }
`;

async function folder(t: TestContext, registry: NpmRegistry) {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-vet-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  // Where the tests are root, the sandbox is another user.
  await chmod(path, 0o755);
  const config = join(path, 'portcullis.yaml');
  await writeFile(config, YAML);
  const run = async (...args: readonly string[]) => {
    const command = portcullis(t, path, args, registry.environment);
    command.endInput();
    return { code: await command.ended, out: command.stdout(), err: command.stderr() };
  };
  return {
    run,
    gateway: (...args: readonly string[]) => run('gateway', ...args),
    change: async (from: string, to: string) => writeFile(config, (await readFile(config, 'utf8')).replace(from, to)),
    lock: async () => JSON.parse(await readFile(join(path, 'portcullis.lock'), 'utf8')) as Lock,
    edit: async (lock: Lock) => writeFile(join(path, 'portcullis.lock'), JSON.stringify(lock)),
  };
}

interface Lock {
  readonly vettings?: Record<string, { at: string; checks: { check: string; status: string; what: string }[] }>;
}

const statusesOf = ({ vettings = {} }: Lock): Readonly<Record<string, string>> =>
  Object.fromEntries((vettings['notes']?.checks ?? []).map(({ check, status }) => [check, status]));

test('pin makes the record of a package, list and review show it, and vet makes it anew', { skip }, async (t) => {
  const registry = await startNpmRegistry(t, notes());
  const { gateway, lock } = await folder(t, registry);
  const pin = await gateway('pin', '--yes');
  assert.equal(pin.code, 0, pin.out + pin.err);
  assert.match(pin.out, /^notes: vetted \d{4}-\d{2}-\d{2}$/m);
  assert.deepEqual(statusesOf(await lock()), {
    publisher: 'pass',
    repository: 'pass',
    provenance: 'pass',
    integrity: 'pass',
    age: 'pass',
    deprecation: 'pass',
    'install-scripts': 'pass',
    name: 'pass',
    egress: 'pass',
    dependencies: 'pass',
  });
  registry.publish(notes({ ...SOUND, dist: {}, hasInstallScript: true, deprecated: 'gone \u001b[31mfor good' }, now()));
  const vet = await gateway('vet', 'notes');
  assert.equal(vet.code, 1, vet.out + vet.err);
  assert.match(vet.out, /repository +note +git\+https:\/\/github\.com\/example\/notes\.git, as it says itself/);
  assert.match(vet.out, /provenance +note/);
  assert.match(vet.out, /age +fail +0 days old; 7 at least/);
  assert.match(vet.out, /deprecation +fail +deprecated: gone /);
  assert.ok(!vet.out.includes('\u001b'));
  assert.match(vet.out, /install-scripts +note +never run here: plain-notes-server/);
  assert.match(vet.out, /notes: its package is not admitted: age .*; deprecation/);
  const told =
    /^notes: vetted \d{4}-\d{2}-\d{2}; fail: age, deprecation; note: repository, provenance, install-scripts$/m;
  assert.match((await gateway('list')).out, told);
  assert.match((await gateway('review')).out, told);
});

test('another archive than the one that is installed is told of', { skip }, async (t) => {
  const registry = await startNpmRegistry(t, notes());
  const { gateway, lock } = await folder(t, registry);
  assert.equal((await gateway('vet')).code, 0);
  registry.publish({ ...notes(), code: `${CODE}// other` });
  assert.equal((await gateway('vet')).code, 1);
  assert.equal(statusesOf(await lock())['integrity'], 'fail');
});

test('what a registry does not say is unknown, and an earlier record of the same package stays', {
  skip,
}, async (t) => {
  const registry = await startNpmRegistry(t, notes());
  const { gateway, lock, edit, change } = await folder(t, registry);
  assert.equal((await gateway('pin', '--yes')).code, 0);
  registry.fail();
  await change('    about:', '    needs: { network: unguarded }\n    about:');
  assert.match((await gateway('pin', '--yes')).out, /^notes: vetted \d{4}-\d{2}-\d{2}; fail: egress$/m);
  const { vettings: _, ...without } = await lock();
  await edit(without);
  assert.match((await gateway('pin')).out, /unknown: publisher, repository, provenance, integrity, age, deprecation$/m);
  const { checks } = (await lock()).vettings?.['notes'] ?? { checks: [] };
  assert.ok(!checks.some(({ check, status }) => check === 'age' && status === 'pass'));
  assert.equal((await gateway('vet')).code, 1);
});

test('production holds a package that is not admitted, until somebody answers for it', { skip }, async (t) => {
  const registry = await startNpmRegistry(t, notes({ ...SOUND, deprecated: 'old' }));
  const { run, gateway, lock, edit, change } = await folder(t, registry);
  assert.equal((await run('manifest', 'key', 'bob.key')).code, 0);
  await change(
    'upstreams:',
    'registry:\n  approvers:\n    - { key: bob.key.pub, owner: bob, until: 2099-01-01 }\nupstreams:',
  );
  assert.equal((await gateway('pin', '--yes', '--by', 'ann')).code, 0);
  assert.equal((await gateway('approve', '--by', 'bob', '--key', 'bob.key')).code, 0);
  assert.match((await gateway('list')).out, /^notes__get_note/m);
  await change('profile: dev', 'profile: production');
  const held = await gateway('list');
  assert.match(
    held.out,
    /^held: notes: its package is not admitted: deprecation \(fail: deprecated: old\)\. Mend it/m,
    held.err,
  );
  assert.doesNotMatch(held.out, /^notes__get_note/m);
  await change(
    '    about:',
    '    waiver: { checks: [deprecation], reason: It works, owner: ann, until: 2099-01-01 }\n    about:',
  );
  assert.match((await gateway('list')).out, /^notes__get_note/m);
  await change('until: 2099-01-01 }\n    about', 'until: 2020-01-01 }\n    about');
  assert.match((await gateway('list')).out, /^held: notes: its package is not admitted/m);
  const { vettings: _, ...without } = await lock();
  await edit(without);
  const unseen = await gateway('list');
  assert.match(unseen.out, /^held: notes: nobody has vetted the package\. Run: portcullis gateway vet notes$/m);
  assert.match(unseen.out, /^notes: nobody has vetted the package$/m);
});

const now = (): string => new Date().toISOString();
