import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseWaivers } from '../../src/audit/manage/waivers.ts';
import { portcullis } from '../support/command.ts';
import { scratch } from '../support/interop.ts';

const GOOD = '{"mcpServers": {"notes": {"command": "/usr/bin/notes"}, "demo": {"command": "/usr/bin/demo"}}}\n';

const META = {
  id: 'acme/no-demo-server',
  title: 'No client starts the demo server',
  failure: 'A client starts the demo server',
  severity: 'high',
  confidence: 'high',
  controls: ['GOV-05'],
  method: 'config',
  remedy: 'Take the entry out.',
  references: ['Acme policy 7'],
};

function moduleOf(meta: object, body = ''): string {
  return `export const rules = [{
  kind: 'files',
  meta: ${JSON.stringify(meta)},
  gather: ({ servers }) => servers.length === 0 ? undefined : servers.map(({ name, file, line, column }) => ({ name, file, line, column })),
  judge(servers) {
    const hits = servers.filter(({ name }) => name === 'demo').map(({ file, line, column }) => ({ message: 'the demo is there', place: { file, line, column } }));
    return { status: hits.length === 0 ? 'pass' : 'fail', why: 'looked at ' + servers.length, hits };
  },
  ${body}
}];\n`;
}

async function world(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = await scratch(t);
  for (const [name, text] of Object.entries({ 'a/mcp.json': GOOD, ...files })) {
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

test('a rule that a user brings is told like one of ours, and judges what was kept', async (t) => {
  const { folder, audit } = await world(t, { 'own.mjs': moduleOf(META) });
  assert.equal((await audit('a')).code, 0);
  const { code, out } = await audit('a', '--rules', 'own.mjs', '--save', 'run.json');
  assert.equal(code, 1);
  assert.match(out, /^high +A client starts the demo server +acme\/no-demo-server GOV-05$/m);
  assert.match(out, /^ {2}mend {2}Take the entry out\.$/m);
  assert.equal((await audit('run.json', '--replay', '--rules', 'own.mjs')).out, out);
  const without = await audit('run.json', '--replay', '--format', 'junit');
  assert.match(without.out, /name="acme&#47;no-demo-server"|name="acme\/no-demo-server"/);
  assert.match(without.out, /the rule that judges it is not here/);
  for (const format of ['html', 'sarif', 'markdown']) {
    await audit('a', '--rules', 'own.mjs', '--format', format, '--output', 'report');
    assert.match(
      await readFile(join(folder, 'report'), 'utf8'),
      /A client starts the demo server|acme\/no-demo-server/,
    );
  }
});

test('a rule that is malformed is refused with what is wrong, and one that breaks is unknown', async (t) => {
  const files = {
    'prefix.mjs': moduleOf({ ...META, id: 'image-user' }),
    'control.mjs': moduleOf({ ...META, controls: ['GOV-99'] }),
    'hidden.mjs': moduleOf({ ...META, failure: 'A \u202eclient' }),
    'none.mjs': 'export default 1;\n',
    'torn.mjs': 'export const rules = [\n',
    'gather.mjs': moduleOf(META, "gather() { throw new TypeError('no'); },"),
    'judge.mjs': moduleOf(
      META,
      "judge() { return { status: 'pass', why: 'x', hits: [{ message: 'x', place: { file: 'x', line: 1, column: 1 } }] }; },",
    ),
    'form.mjs': moduleOf(META, "judge() { return { status: 'fine' }; },"),
  };
  const { audit } = await world(t, files);
  for (const [file, message] of [
    ['prefix.mjs', /prefix\.mjs: rules\[0\]\[meta\]\[id\]: who wrote it, a slash, and its name/],
    ['control.mjs', /rules\[0\]\[meta\]\[controls\]\[0\]: /],
    ['hidden.mjs', /rules\[0\]\[meta\]\[failure\]: one line of text that a reader sees as it is/],
    ['none.mjs', /none\.mjs: rules: /],
    ['torn.mjs', /torn\.mjs cannot be loaded: /],
    ['absent.mjs', /there is no module at absent\.mjs/],
  ] as const) {
    const { code, err } = await audit('a', '--rules', file);
    assert.equal(code, 1, file);
    assert.match(err, message);
  }
  for (const [file, why] of [
    ['gather.mjs', /the rule failed to gather: TypeError/],
    ['judge.mjs', /the rule passed what it found wrong/],
    ['form.mjs', /the rule judged in no known form/],
  ] as const)
    assert.match((await audit('a', '--rules', file, '--format', 'json')).out, why);
  assert.match((await audit('a', '--rules', 'gather.mjs', 'judge.mjs')).err, /two rules are "acme\/no-demo-server"/);
});

test('nothing of the target is executed as a rule, by no way to it', async (t) => {
  const { folder, audit } = await world(t, {
    'a/own.mjs': `import { writeFileSync } from 'node:fs';\nwriteFileSync('ran', '');\n${moduleOf(META)}`,
  });
  await symlink('a/own.mjs', join(folder, 'linked.mjs'));
  await symlink('a', join(folder, 'b'));
  for (const [target, module] of [
    ['a', 'a/own.mjs'],
    ['a', 'linked.mjs'],
    ['b', 'a/own.mjs'],
    ['.', 'linked.mjs'],
    ['a/own.mjs', 'a/own.mjs'],
  ] as const) {
    const { code, err } = await audit(target, '--rules', module);
    assert.equal(code, 1);
    assert.match(err, /lies in what is audited, and nothing of that is executed/);
  }
  await assert.rejects(readFile(join(folder, 'ran')));
});

test('the rule and the waivers of the guide are what they say', async (t) => {
  const guide = await readFile(new URL('../../docs/guides/audit.md', import.meta.url), 'utf8');
  const block = (language: string): string =>
    new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(guide)?.[1] ?? 'none';
  const index = new URL('../../src/audit/index.ts', import.meta.url).href;
  const { audit } = await world(t, { 'own.mjs': block('js').replace("'portcullis/audit'", `'${index}'`) });
  const { code, out } = await audit('a', '--rules', 'own.mjs');
  assert.equal(code, 1);
  assert.match(out, /^ {2}mcp\.json:1:\d+ {2}the demo is started$/m);
  const { waivers, problems } = parseWaivers(block('yaml'), new Date('2026-11-20T00:00:00Z'));
  assert.deepEqual([waivers.length, problems], [2, []]);
});
