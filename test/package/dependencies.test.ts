import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { blankComments } from '../house/code.ts';
import { read, repositoryFiles, shipped } from '../house/repository.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const Names = z.record(z.string(), z.string()).default({});
const Manifest = z.object({
  dependencies: Names,
  devDependencies: Names,
  optionalDependencies: Names,
  peerDependencies: Names,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean() })),
});
const manifest = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const { peerDependenciesMeta: _meta, ...groups } = manifest;
const declared = [...new Set(Object.values(groups).flatMap((names) => Object.keys(names)))].toSorted();

/** The rows of DEPENDENCIES.md: name, what for, what it replaces, licence, last release. */
const rows = readFileSync(join(root, 'DEPENDENCIES.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('DEPENDENCIES.md has one row for each dependency, and for no other', () => {
  const named = rows.map((row) => row[0]?.replaceAll('`', '') ?? '');
  assert.deepEqual(named.toSorted(), declared);
});

test('every row says what for, what it replaces, the licence and the last release', () => {
  for (const row of rows) {
    assert.equal(row.length, 5, row[0]);
    for (const cell of row) assert.notEqual(cell, '', row[0]);
    assert.match(row[4] ?? '', /^20\d\d-[01]\d-[0-3]\d$/, row[0]);
  }
});

test('the licence of a row is that of the installed package', () => {
  for (const [name, , , licence] of rows) {
    const path = join(root, 'node_modules', name?.replaceAll('`', '') ?? '', 'package.json');
    if (!existsSync(path)) continue;
    const installed = z.object({ license: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8')));
    assert.equal(licence, installed.license, name);
  }
});

test('every version is exact, so that an install never takes what nobody looked at', () => {
  const { peerDependencies: _peers, ...exact } = groups;
  for (const [name, version] of Object.values(exact).flatMap((names) => Object.entries(names))) {
    assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, name);
  }
});

test('the lockfile names every optional package, also those of other platforms, so that a frozen install succeeds', () => {
  const Lock = z.object({ packages: z.record(z.string(), z.object({ optionalDependencies: Names })) });
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies));
  assert.deepEqual(
    optional.filter((name) => !locked.has(name)),
    [],
  );
});

/** What is loaded as a file, and not imported. */
const RESOLVED = ['tree-sitter-python'];

test('what is shipped imports its dependencies and nothing else, and leaves none unused', () => {
  const imported = new Set(
    shipped(repositoryFiles())
      .flatMap((path) => [
        ...blankComments(read(path)).matchAll(/(?:\bfrom |\bimport\(|^import )'((?:@[^/']+\/)?[^/.'][^/']*)/gm),
      ])
      .flatMap(([, name]) => (name === undefined || name === 'portcullis' || name.startsWith('node:') ? [] : [name])),
  );
  const allowed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
  assert.deepEqual([...imported, ...RESOLVED].toSorted(), allowed.toSorted());
});

/** What is loaded only where it is installed: the file that says how to install it, and whether that is for development. */
const PEERS: ReadonlyMap<string, readonly [file: string, flags: string]> = new Map([
  ['@cedar-policy/cedar-wasm', ['src/policy/cedar.ts', '--save-exact']],
  ['age-encryption', ['src/secrets/providers/age.ts', '--save-exact']],
  ['oidc-provider', ['src/identity/dev-authorization-server.ts', '--save-dev --save-exact']],
  ['pg', ['src/capabilities/sql/postgres/driver.ts', '--save-exact']],
  ['recheck', ['src/audit/rules/catastrophic-pattern/rule.ts', '--save-dev']],
  ['tree-sitter-python', ['src/audit/code/python/parse.ts', '--save-exact web-tree-sitter@0.27.1']],
  ['web-tree-sitter', ['src/audit/code/python/parse.ts', '--save-exact']],
]);

/** Optional peers that are too large to be installed for development, and where their error is. */
const CLOUDS: ReadonlyMap<string, string> = new Map([
  ['@aws-sdk/client-secrets-manager', 'src/secrets/providers/aws.ts'],
  ['@azure/identity', 'src/secrets/providers/azure.ts'],
  ['@azure/keyvault-secrets', 'src/secrets/providers/azure.ts'],
  ['@google-cloud/secret-manager', 'src/secrets/providers/gcp.ts'],
]);

test('what is loaded only where it is installed is an optional peer, tested in the version that its error names', () => {
  assert.deepEqual(Object.keys(manifest.peerDependencies).toSorted(), [...PEERS.keys(), ...CLOUDS.keys()].toSorted());
  for (const [name, [file, flags]] of PEERS) {
    const tested = manifest.devDependencies[name];
    assert.match(tested ?? '', /^\d+\.\d+\.\d+$/);
    assert.equal(manifest.peerDependencies[name], `^${tested}`);
    assert.deepEqual(manifest.peerDependenciesMeta[name], { optional: true });
    assert.ok(read(file).includes(`npm install ${flags} ${name}@${tested}`), file);
  }
  for (const [name, file] of CLOUDS) {
    const [, version = ''] = /^\^(\d+\.\d+\.\d+)$/.exec(manifest.peerDependencies[name] ?? '') ?? [];
    assert.deepEqual(manifest.peerDependenciesMeta[name], { optional: true });
    for (const path of [file, 'docs/guides/secrets.md']) assert.ok(read(path).includes(`${name}@${version}`), path);
  }
  assert.ok(read('docs/guides/first-server.md').includes('npm install --save-dev --save-exact oidc-provider@'));
});
