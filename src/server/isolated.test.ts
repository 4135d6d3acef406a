import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import * as z from 'zod';
import definition, { module } from '../../test/support/hostile-server.ts';
import { startOpen, type OpenServer } from '../../test/support/open-server.ts';
import { detectSandbox } from '../sandbox/support.ts';
import type { Deployment, LogLine } from './deployment.ts';
import { serveStream } from './host.ts';
import { server } from './server.ts';
import { tool, type Tool } from './tool.ts';

const { missing } = await detectSandbox();
const options = missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${missing}` };

async function start(t: TestContext, deployment: Partial<Deployment> = {}): Promise<OpenServer> {
  const { tools = [] } = definition.options;
  const open = await startOpen({ tools }, { module, ...deployment });
  t.after(() => open.host.close());
  return open;
}

const evaluate = (expression: string, name = 'evaluate') => ({ name, arguments: { expression } });

test('a call goes into a sandbox and its answer through the whole pipeline', options, async (t) => {
  const lines: LogLine[] = [];
  const { send } = await start(t, { log: (line) => lines.push(line) });
  assert.match((await send('tools/call', evaluate('6 * 7'))).text, /"structuredContent":\{"value":"42"\}/);
  // Characters that hide are taken out of an answer from inside, too.
  assert.match((await send('tools/call', evaluate("'a\\u200bb\\u001b[2Jc'"))).text, /\{"value":"abc"\}/);
  assert.match((await send('tools/call', evaluate("'x'.repeat(100_001)"))).text, /OUTPUT_INVALID/);
  const broken = (await send('tools/call', evaluate("(() => { throw new Error('path /srv/secret'); })()"))).text;
  assert.match(broken, /TOOL_FAILED/);
  assert.doesNotMatch(broken, /srv/);
  const ended = (await send('tools/call', evaluate('process.exit(7)'))).text;
  assert.match(ended, /The operation was stopped by its sandbox\. \(SANDBOX_FAILED/);
  assert.doesNotMatch(ended, /code 7/);
  await send('tools/call', evaluate("ctx.log.warning('from inside', { n: 1 })"));
  const line = lines.find(({ message }) => message === 'from inside');
  assert.deepEqual([line?.level, line?.fields['n']], ['warning', 1]);
});

test('a worker that spins holds up no one, and is ended at its deadline', async (t) => {
  const { send } = await start(t, { limits: { handlerMs: 1_500 } });
  const spinning = send('tools/call', evaluate('(() => { for (;;); })()', 'think'));
  const cheap = { name: 'cheap', arguments: { text: 'x' } };
  for (let n = 0; n < 20; n++) assert.match((await send('tools/call', cheap)).text, /"text":"x"/);
  assert.match((await spinning).text, /DEADLINE_EXCEEDED/);
  assert.match((await send('tools/call', evaluate('1 + 1', 'think'))).text, /\{"value":"2"\}/);
  assert.match(
    (await send('tools/call', evaluate('Object.keys(process.env).length', 'think'))).text,
    /\{"value":"0"\}/,
  );
});

function sandboxed(more: object): Tool {
  return tool({
    name: 'x',
    description: 'Does x.',
    input: z.strictObject({}),
    output: z.strictObject({ done: z.boolean() }),
    scope: 'x',
    effect: 'read',
    sandbox: 'worker',
    run: () => ({ done: true }),
    ...more,
  });
}

function startOn(tools: readonly Tool[], deployment: Partial<Deployment>): Promise<unknown> {
  const definition = server({ name: 's', version: '1', tools });
  return serveStream(definition, { profile: 'dev', ...deployment }, new PassThrough(), new PassThrough());
}

const startWith = (more: object, deployment: Partial<Deployment> = {}) =>
  startOn([sandboxed(more)], { module, ...deployment });

test('what cannot be sandboxed does not start', async () => {
  await assert.rejects(startWith({ asks: ['elicitation'] }), {
    message: 'tool "x", asks: a sandboxed tool cannot ask for elicitation. Ask in a tool of its own.',
  });
  const odd = { kind: 'odd', declares: {}, open: () => ({ grant: () => ({}), close: () => undefined }) };
  await assert.rejects(startWith({ needs: { odd } }), {
    message: 'tool "x", needs.odd: "odd" cannot be used from inside of a sandbox.',
  });
  await assert.rejects(startOn([sandboxed({})], {}), {
    message: /^tool "x" runs in a sandbox, which loads its handler from a module/,
  });
  await assert.rejects(startWith({}, { module: 'data:text/javascript,export default 1' }), {
    message: /cannot be loaded in a worker sandbox: TypeError: the module has no server as its default export/,
  });
  await assert.rejects(startWith({}, { sandbox: { memoryByte: 1 } as object }), {
    message: 'deployment, sandbox: unknown option "memoryByte"; did you mean "memoryBytes"?',
  });
});

test('a module that needs what a sandbox has not is known at the start', options, async () => {
  const reading = `data:text/javascript,${encodeURIComponent("import { readFileSync } from 'node:fs'; readFileSync('/etc/passwd'); export default { options: {} };")}`;
  await assert.rejects(startWith({ sandbox: 'process' }, { module: reading }), {
    message: /cannot be loaded in a process sandbox: .*(EACCES|ERR_ACCESS_DENIED|Access to this API)/s,
  });
});
