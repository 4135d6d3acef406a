import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/read.ts';
import { portcullis } from '../support/command.ts';

const PAGE = new URL('../../docs/guides/files.md', import.meta.url);
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, named, body = '']) =>
    named === language ? [body] : [],
  );
}

test('the server of the guide to files serves and refuses as the guide says', async (t) => {
  const page = await readFile(PAGE, 'utf8');
  const [program = ''] = blocks(page, 'ts');
  const [config = '', media = ''] = blocks(page, 'yaml');
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-files-guide-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const source = program
    .replace("'portcullis'", `'${new URL('../../src/index.ts', import.meta.url).href}'`)
    .replace("'zod'", `'${import.meta.resolve('zod')}'`);
  await writeFile(join(folder, 'server.ts'), source);
  await writeFile(join(folder, 'portcullis.yaml'), `${config}${media}`);
  await mkdir(join(folder, 'documents/reports'), { recursive: true });
  await writeFile(join(folder, 'documents/reports/may.txt'), 'May was fine.\n');
  await symlink('/etc', join(folder, 'documents/etc'));
  const run = portcullis(t, folder, ['serve', 'server.ts', '--config', 'portcullis.yaml', '--stdio']);
  const ask = async (id: number, path: string): Promise<string> => {
    const params = { name: 'read_document', arguments: { path }, _meta: META };
    run.send(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
    return (await run.until(new RegExp(`^.*"id":${id}[,}].*$`, 'm')))[0];
  };
  assert.match(await ask(101, 'reports/may.txt'), /"structuredContent":\{"text":"May was fine\.\\n"\}/);
  const refused = ['../server.ts', '/etc/passwd', 'etc/passwd', '..%2fserver.ts', '.env'];
  for (const [index, path] of refused.entries()) {
    assert.ok(page.includes(`\`${path}\``), path);
    const answer = await ask(102 + index, path);
    assert.match(answer, /That path is not allowed\. Give a plain path under the folder, such as reports\/may\.txt\./);
  }
  for (const line of [
    'files documents: refused (traversal) "../server.ts"',
    'files documents: refused (ENOTDIR) "etc/passwd"',
  ]) {
    assert.ok(page.includes(line));
    assert.ok(run.stderr().replaceAll('\\"', '"').includes(line), run.stderr());
  }
  run.endInput();
  assert.equal(await run.ended, 0);
});

test('the configuration of the guide has the right shape', async () => {
  const [first = '', second = ''] = blocks(await readFile(PAGE, 'utf8'), 'yaml');
  const { config } = parseConfig(`${first}${second}`, 'files.md');
  assert.deepEqual(config.roots, { documents: './documents' });
  assert.equal(config.media?.maxPixels, 16_000_000);
});
