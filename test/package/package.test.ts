import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { z } from 'zod';
import { stagePackage } from '../../scripts/package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const staging = mkdtempSync(join(tmpdir(), 'portcullis-package-'));
const Manifest = z.object({ version: z.string() });

/** The PATH without the folders of `node_modules`, where the machine's own Node is found. */
const machinePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

function run(
  program: string,
  args: readonly string[],
  path = `${dirname(process.execPath)}${delimiter}${machinePath}`,
): SpawnSyncReturns<string> {
  return spawnSync(program, args, { cwd: staging, encoding: 'utf8', env: { ...process.env, PATH: path } });
}

/** What `npm publish` would see. */
before(() => stagePackage(staging));

after(() => rmSync(staging, { recursive: true, force: true }));

test('the source builds to JavaScript with declarations', () => {
  assert.ok(existsSync(join(staging, 'dist/index.js')));
  assert.ok(existsSync(join(staging, 'dist/index.d.ts')));
});

test('the manifest brings its users no runtime and no tool of development', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(staging, 'package.json'), 'utf8'));
  const Shape = z.object({ name: z.literal('portcullis'), exports: z.record(z.string(), z.unknown()) }).loose();
  const parsed = Shape.parse(manifest);
  for (const left of ['optionalDependencies', 'devDependencies', 'scripts']) assert.equal(left in parsed, false, left);
  assert.deepEqual(Object.keys(parsed.exports), [
    '.',
    './audit',
    './insecure',
    './package.json',
    './portcullis.schema.json',
  ]);
  for (const file of ['dist/insecure.js', 'dist/audit/index.js', 'dist/audit/index.d.ts'])
    assert.ok(existsSync(join(staging, file)), file);
});

/** Paths in the tarball; npm 12 and later key the list by package name. */
function packedFiles(): readonly string[] {
  const packed = run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
  assert.equal(packed.status, 0, packed.stderr);
  const Entry = z.object({ files: z.array(z.object({ path: z.string() })) });
  const entries = z.union([z.array(Entry), z.record(z.string(), Entry)]).parse(JSON.parse(packed.stdout));
  return Object.values(entries).flatMap((entry) => entry.files.map((file) => file.path));
}

test('the tarball holds the build, the command and five documents, and nothing else', () => {
  const files = packedFiles();
  const expected = /^(?:dist\/[\w./-]+\.(?:js|d\.ts|json|sql|lua|css|html|wasm)|bin\/portcullis\.js)$/;
  const others = files.filter((path) => !expected.test(path)).toSorted();
  assert.deepEqual(others, [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'package.json',
    'portcullis.schema.json',
  ]);
  assert.deepEqual(
    files.filter((path) => /(?:^|\/)(?:test|tests|src|scripts|bench|examples)\/|\.test\./.test(path)),
    [],
  );
  // Proofs are shipped, and with them the fixtures of the slices: these are folders of that name, and no others.
  assert.deepEqual(
    files.filter((path) => path.includes('/fixtures/') && !/^dist\/controls\/[a-z-]+\/fixtures\//.test(path)),
    [],
  );
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'bin/portcullis.js']) assert.ok(files.includes(path), path);
});

test('publint finds nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: staging, strict: true, pack: false });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

/** Runs the command on a Node that is too old, and expects one line and exit code 1. */
function expectRefusal(program: string, args: readonly string[], path?: string): void {
  const result = run(program, [...args, join(staging, 'bin/portcullis.js'), '--version'], path);
  assert.equal(result.status, 1, `${result.stdout}${result.stderr}`);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, /^[^\n]*Node(?:\.js)? ?(?:>=|v)? ?24[^\n]*\n$/);
}

test('on a Node that calls itself older than 24 the command says so in one line', () => {
  const older = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.21.1' } });
    Object.defineProperty(process, 'version', { value: 'v22.21.1' });
  `;
  expectRefusal(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(older)}`]);
});

const machineNode = run('node', ['--version'], machinePath);
const major = Number(/^v(\d+)\./.exec(machineNode.stdout ?? '')?.[1] ?? Number.NaN);

test(
  'on a Node that really is older the command still parses and says so in one line',
  { skip: major < 24 ? false : 'the node of this machine is not older than 24' },
  () => expectRefusal('node', [], machinePath),
);

suite('as it is installed: without the source, and with its dependencies', () => {
  before(() => {
    symlinkSync(join(root, 'node_modules'), join(staging, 'node_modules'), 'junction');
  });

  test('the command answers on the supported Node', () => {
    const { version } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    const result = run(process.execPath, [join(staging, 'bin/portcullis.js'), '--version']);
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stdout.trim(), version);
  });

  test('the command proves controls, in its own process and in one that it starts', () => {
    const ids = ['input-schema', 'stdio-hygiene'];
    const result = run(process.execPath, [join(staging, 'bin/portcullis.js'), 'prove', ...ids]);
    assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
    assert.match(result.stdout, /\nprove: 2 controls proven over (?:6|8) ways, 0 not\n$/);
  });
});
