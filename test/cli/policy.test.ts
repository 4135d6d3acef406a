import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { portcullis } from '../support/command.ts';

const guide = await readFile(new URL('../../docs/guides/policy.md', import.meta.url), 'utf8');

/** The fenced blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  return [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, named, body = '']) =>
    named === language ? [body] : [],
  );
}

const SERVER = `
import * as z from '${import.meta.resolve('zod')}';
import { server, tool } from '${new URL('../../src/index.ts', import.meta.url).href}';
export default server({ name: 'desk', version: '1.0.0', tools: [tool({
  name: 'refund',
  description: 'Refunds an order.',
  input: z.strictObject({ order: z.string().max(20), amount: z.int().min(1).max(100_000) }),
  output: z.strictObject({ refunded: z.int() }),
  scope: 'refunds:write',
  effect: 'write',
  authorize: () => true,
  run: ({ amount }) => ({ refunded: amount }),
})] });
`;

/** A folder with the server, the policies and the cases of the guide, and a way to run a command there. */
async function desk(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-policy-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, 'policies'));
  const [cedar = ''] = blocks('cedar');
  const [yaml = ''] = blocks('yaml');
  const cases = blocks('text').find((text) => text.startsWith('cases:')) ?? '';
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
  await write('server.ts', SERVER);
  await write('portcullis.yaml', `profile: dev\n${yaml}`);
  await write('policies/refunds.cedar', cedar.replace(/^.*\n/, ''));
  await write('policies/refunds.cases.yaml', cases);
  const run = async (...words: readonly string[]) => {
    const command = portcullis(t, directory, ['policy', ...words]);
    const code = await command.ended;
    return { code, out: command.stdout(), err: command.stderr() };
  };
  return { run, write };
}

test('the policies of the guide are checked, tested and explained as it shows', async (t) => {
  const { run } = await desk(t);
  const checked = await run('check', 'server.ts');
  assert.equal(checked.code, 0, checked.err);
  assert.match(checked.out, /policies is sound: 2 policies, version [\w-]{43}\.$/m);
  const tested = await run('test', 'server.ts');
  assert.deepEqual([tested.code, tested.out], [0, '3 of 3 cases hold.\n']);
  const explained = await run('explain', 'server.ts', '--tool', 'refund', '--args', '{"order": "o1", "amount": 600}');
  const shown = blocks('text').find((text) => text.startsWith('scope refunds:large')) ?? '?';
  assert.deepEqual([explained.code, explained.out], [0, shown.replace('cedar:2', 'cedar:1')]);
  const schema = await run('schema', 'server.ts');
  assert.ok(schema.out.includes(blocks('text')[0] ?? '?'), schema.out);
});

test('what does not hold is told, and ends with 1', async (t) => {
  const { run, write } = await desk(t);
  await write(
    'policies/refunds.cases.yaml',
    'cases:\n  - { name: all pass, tool: refund, arguments: { order: o, amount: 600 }, expect: allow }\n',
  );
  const tested = await run('test', 'server.ts');
  assert.equal(tested.code, 1);
  assert.match(
    tested.out,
    /refunds\.cases\.yaml: "all pass": expected allow, got scope refunds:large \(policy: large-refunds\)\n0 of 1 cases hold\./,
  );
  await write('policies/refunds.cases.yaml', 'cases:\n  - { name: x, tool: refund, expect: maybe }\n');
  const malformed = await run('test', 'server.ts');
  assert.equal(malformed.code, 1);
  assert.match(malformed.err, /refunds\.cases\.yaml:2:\d+: .*Say allow, deny, scope <name>/);
  await write('policies/refunds.cases.yaml', 'cases:\n  - { name: x, tool: refnd, expect: deny }\n');
  assert.match((await run('test', 'server.ts')).err, /there is no tool, resource or prompt named "refnd"/);
  await write(
    'policies/x.cedar',
    'forbid (principal, action == Action::"tool:refund", resource) when { context.args.amont > 5 };\n',
  );
  const checked = await run('check', 'server.ts');
  assert.equal(checked.code, 1);
  assert.equal(
    checked.err,
    'x.cedar:1:70: attribute `args.amont` in context for Action::"tool:refund" not found (did you mean `amount`?).\n',
  );
  assert.match((await run('explain', 'server.ts', '--tool', 'refund')).err, /x\.cedar:1:70/);
});
