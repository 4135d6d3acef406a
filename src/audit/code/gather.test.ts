import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gatherCode } from './gather.ts';

async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-code-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}

const SERVER = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { act } from './act.js';
const server = new McpServer({ name: 'x', version: '1' });
server.tool('act', 'Does it', async ({ name }) => act(name));
`;

test('code is read from its folder, without tests, packages of others and what is made from it', async (t) => {
  const folder = await folderWith(t, {
    'src/server.ts': SERVER,
    'src/act.ts':
      "import { execSync } from 'node:child_process';\nexport const act = (name: string) => execSync(`ls ${name}`);\n",
    'src/act.test.ts': 'eval("1")',
    'src/act.d.ts': 'export {}',
    'dist/act.js': 'eval("1")',
    'node_modules/other/index.js': 'eval("1")',
    'readme.md': 'text',
  });
  const { files, unread, flows, handlers } = await gatherCode(folder);
  assert.deepEqual(files, ['src/act.ts', 'src/server.ts']);
  assert.deepEqual(unread, []);
  assert.deepEqual(handlers, [{ file: 'src/server.ts', line: 4, column: 31, kind: 'tool', name: 'act' }]);
  assert.equal(flows.length, 1);
  assert.deepEqual(
    [flows[0]?.kind, flows[0]?.sink, flows[0]?.file, flows[0]?.line, flows[0]?.column],
    ['shell', 'child_process.execSync', 'src/act.ts', 2, 38],
  );
});

test('a package that ships only what was made is read as that', async (t) => {
  const folder = await folderWith(t, { 'dist/index.js': SERVER, 'bin/run.js': "import '../dist/index.js';" });
  const { files } = await gatherCode(folder);
  assert.deepEqual(files, ['bin/run.js', 'dist/index.js']);
});

test('what is nested so deeply that the parser falls over is told, and the rest is read', async (t) => {
  const deep = `export const a = ${'['.repeat(100_000)}${']'.repeat(100_000)};`;
  const folder = await folderWith(t, { 'a.ts': deep, 'b.ts': SERVER, 'c.ts': 'export const = ;' });
  const { files, unread, handlers } = await gatherCode(folder);
  assert.deepEqual(files, ['b.ts']);
  assert.deepEqual(
    unread.map(({ file }) => file),
    ['a.ts', 'c.ts'],
  );
  assert.equal(handlers.length, 1);
});

test('no link is followed out of the target', async (t) => {
  const other = await folderWith(t, { 'secret.ts': 'export const a = 1;' });
  const folder = await folderWith(t, { 'a.ts': 'export const a = 1;' });
  await symlink(join(other, 'secret.ts'), join(folder, 'b.ts'));
  await symlink(other, join(folder, 'linked'));
  assert.deepEqual((await gatherCode(folder)).files, ['a.ts']);
});

test('code that calls itself and imports itself in a circle comes to an end', async (t) => {
  const wide = Array.from({ length: 60 }, (_, at) => `const f${at} = (x) => f${(at + 1) % 60}(f${(at + 7) % 60}(x));`);
  const folder = await folderWith(t, {
    'a.ts': `import { b } from './b.js';\nexport const a = (x) => b(a(x));\n${wide.join('\n')}\nf0(1);`,
    'b.ts': `import { a } from './a.js';\nexport * from './a.js';\nexport const b = (x) => a(b(x));`,
    'c.ts': 'let text = ""; while (true) { text += text; for (;;) { text = `${text}${text}`; } }',
    'd.ts': `const x = ${Array.from({ length: 3000 }, () => 'a').join(' + ')};`,
  });
  const { files, unread } = await gatherCode(folder);
  assert.equal(files.length + unread.filter(({ file }) => !files.includes(file)).length, 4);
});

test('nothing at a path is a mistake of who names it', async () => {
  await assert.rejects(gatherCode('/nothing/at/all'), TypeError);
});
