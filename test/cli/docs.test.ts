import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../src/config/read.ts';
import { portcullis } from '../support/command.ts';

const PAGES = ['README.md', 'docs/guides/first-server.md', 'docs/guides/configuration.md'] as const;

const page = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The fenced blocks of a language, in order. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, named, body = '']) =>
    named === language ? [body] : [],
  );
}

for (const path of ['README.md', 'docs/guides/first-server.md', 'docs/guides/state.md']) {
  test(`the server of ${path} starts as it is written`, async (t) => {
    const [program = ''] = blocks(await page(path), 'ts');
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-docs-'));
    const source = program
      .replace("'portcullis'", `'${new URL('../../src/index.ts', import.meta.url).href}'`)
      .replace("'zod'", `'${import.meta.resolve('zod')}'`);
    await writeFile(join(directory, 'server.ts'), source);
    const run = portcullis(t, directory, ['dev', 'server.ts', '--port', '0']);
    await run.until(/Portcullis serves [a-z]+[^]*Ctrl-C stops it/);
    run.signal('SIGTERM');
    assert.equal(await run.ended, 0);
    await rm(directory, { recursive: true, force: true });
  });
}

test('every configuration on the pages has the right shape', async () => {
  let read = 0;
  for (const path of PAGES) {
    for (const text of blocks(await page(path), 'yaml')) {
      parseConfig(text, path);
      read += 1;
    }
  }
  assert.equal(read, 2);
});

test('every command of portcullis and every script on the pages exists', async (t) => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const scripts = (await page('package.json')).match(/"scripts": \{[^}]*\}/)?.[0] ?? '';
  const commands = new Set<string>();
  for (const path of PAGES) {
    const text = await page(path);
    for (const [, script = ''] of text.matchAll(/`?npm run ([\w:]+)/g))
      assert.ok(scripts.includes(`"${script}":`), script);
    for (const [, words = ''] of text.matchAll(/npx portcullis ((?:log |config )?[a-z]+)/g)) commands.add(words);
  }
  assert.deepEqual([...commands].toSorted(), [
    'config check',
    'dev',
    'keys',
    'log show',
    'log tail',
    'log verify',
    'prove',
    'serve',
  ]);
  for (const words of commands) {
    const help = portcullis(t, root, [...words.split(' '), '--help']);
    assert.equal(await help.ended, 0, words);
    assert.match(help.stdout(), new RegExp(`^Usage: portcullis ${words} `), words);
  }
});

test('the configuration guide names every key of the schema', async () => {
  const schema: unknown = JSON.parse(await page('portcullis.schema.json'));
  const guide = await page('docs/guides/configuration.md');
  const names = new Set<string>();
  const walk = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') for (const name of Object.keys(Object(value))) names.add(`${at}${name}`);
      if (key === 'properties') for (const [name, child] of Object.entries(Object(value))) walk(child, `${name}.`);
      else walk(value, at);
    }
  };
  walk(schema, '');
  assert.ok(names.size > 30);
  for (const name of names) {
    if (name.startsWith('limits.')) continue;
    const last = name.split('.').at(-1) ?? '';
    assert.match(guide, new RegExp(`[\`.]${last}\\b`), name);
  }
});
