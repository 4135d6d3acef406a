import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { portcullis } from '../support/command.ts';
import { signManifest } from '../support/manifest.ts';

const INDEX = pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href;

const moduleOf = (description: string): string => `
import { jsonSchema, server, tool } from ${JSON.stringify(INDEX)};
import { text } from './text.mjs';
const empty = jsonSchema({ type: 'object', properties: {}, additionalProperties: false });
const hello = tool({
  name: 'hello', description: ${JSON.stringify(description)}, input: empty, output: empty,
  scope: 'text:read', effect: 'read', run: () => ({}),
});
export default server({ name: 'hello', version: '1.0.0', title: text, tools: [hello] });
`;

async function folder(t: TestContext): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'portcullis-manifest-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'server.mjs'), moduleOf('Says hello.'));
  await writeFile(join(cwd, 'text.mjs'), "export const text = 'Hello';\n");
  return cwd;
}

test('a manifest is built, signed twice and verified; the key is private', async (t) => {
  const cwd = await folder(t);
  const lines = await signManifest(t, cwd, 'server.mjs');
  await writeFile(join(cwd, 'p.yaml'), ['profile: dev', ...lines].join('\n'));
  assert.equal((await stat(join(cwd, 'build.key'))).mode & 0o777, 0o600);
  const verify = portcullis(t, cwd, ['manifest', 'verify', 'server.mjs', '--config', 'p.yaml']);
  assert.equal(await verify.ended, 0);
  assert.match(verify.stdout(), /is signed by a build key and an approver key, and the server is as it says\.\n$/);
  const diff = portcullis(t, cwd, ['manifest', 'diff', 'server.mjs']);
  assert.equal(await diff.ended, 0);
  assert.equal(diff.stdout(), 'The server is as portcullis.manifest.json says.\n');
});

test('what changed is shown as a diff: texts, and modules that the entry imports', async (t) => {
  const cwd = await folder(t);
  const lines = await signManifest(t, cwd, 'server.mjs');
  await writeFile(join(cwd, 'p.yaml'), ['profile: dev', ...lines].join('\n'));
  await writeFile(join(cwd, 'server.mjs'), moduleOf('Says hello, and more.'));
  const diff = portcullis(t, cwd, ['manifest', 'diff', 'server.mjs']);
  assert.equal(await diff.ended, 1);
  assert.match(
    diff.stdout(),
    /^tool "hello" text \/definition\/description\n {2}- "Says hello\."\n {2}\+ "Says hello, and more\."\ncode code \/server\.mjs\n/,
  );
  await writeFile(join(cwd, 'server.mjs'), moduleOf('Says hello.'));
  await writeFile(join(cwd, 'text.mjs'), "export const text = 'Hello';\nprocess.env;\n");
  const verify = portcullis(t, cwd, ['manifest', 'verify', 'server.mjs', '--config', 'p.yaml']);
  assert.equal(await verify.ended, 1);
  assert.match(verify.stdout(), /^code code \/text\.mjs\n/);
  const dev = portcullis(t, cwd, ['dev', 'server.mjs', '--config', 'p.yaml', '--port', '0']);
  assert.equal(await dev.ended, 1);
  assert.match(dev.stderr(), /manifest: the code is not what was signed \(text\.mjs\)/);
});

test('a manifest that was altered, or signed by one person only, stops the start', async (t) => {
  const cwd = await folder(t);
  const lines = await signManifest(t, cwd, 'server.mjs');
  await writeFile(join(cwd, 'p.yaml'), ['profile: dev', ...lines].join('\n'));
  const file = join(cwd, 'portcullis.manifest.json');
  const { payload, payloadType, signatures } = JSON.parse(await readFile(file, 'utf8')) as {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly unknown[];
  };
  await copyFile(file, `${file}.kept`);
  await writeFile(file, JSON.stringify({ payload, payloadType, signatures: signatures.slice(0, 1) }));
  const half = portcullis(t, cwd, ['dev', 'server.mjs', '--config', 'p.yaml', '--port', '0']);
  assert.equal(await half.ended, 1);
  assert.match(half.stderr(), /no good signature of a key under "approve"/);
  const altered = Buffer.from(payload, 'base64').toString('utf8').replace('Says hello.', 'Says more..');
  await writeFile(file, JSON.stringify({ payload: Buffer.from(altered).toString('base64'), payloadType, signatures }));
  const other = portcullis(t, cwd, ['manifest', 'verify', 'server.mjs', '--config', 'p.yaml']);
  assert.equal(await other.ended, 1);
  assert.match(other.stdout(), /no good signature of a key under "build"/);
  await writeFile(file, '{"payload":1}');
  const broken = portcullis(t, cwd, ['manifest', 'diff', 'server.mjs']);
  assert.equal(await broken.ended, 1);
  assert.match(broken.stderr(), /^portcullis: the manifest is not a DSSE envelope/);
});
