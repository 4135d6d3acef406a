import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const server = (
  list: string,
  call: string,
  more = '',
): string => `import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { run } from './run.ts';
const allowWrites = process.argv.includes('--write');
const enabledTools = new Set((process.env.TOOLS ?? '').split(','));
${more}
const server = new Server({ name: 'x', version: '1' }, {});
server.setRequestHandler(ListToolsRequestSchema, async () => { ${list} });
server.setRequestHandler(CallToolRequestSchema, async (request) => { ${call} });`;
const RUN = 'return await run(request.params.name, request.params.arguments);';
const FILTER = 'return { tools: ALL.filter((tool) => enabledTools.has(tool.name)) };';

test('wrong: what is left out of the list is run all the same', () => {
  assert.equal(judgeCode(rule, server('return { tools: allowWrites ? ALL : READS };', RUN))?.status, 'fail');
  assert.equal(judgeCode(rule, server(FILTER, RUN))?.status, 'fail');
});

test('right: the handler of calls asks the same, by itself or by what it calls', () => {
  const asks = "if (!enabledTools.has(request.params.name)) throw new Error('no');";
  assert.equal(judgeCode(rule, server(FILTER, asks + RUN)), undefined);
  const helper = 'function permitted(name) { return enabledTools.has(name); }';
  assert.equal(judgeCode(rule, server(FILTER, `if (permitted(request.params.name)) ${RUN}`, helper)), undefined);
  assert.equal(judgeCode(rule, server(FILTER, RUN.replace('name,', 'name, enabledTools,'))), undefined);
});

test('right: nothing is left out, or by what another file gives', () => {
  assert.equal(judgeCode(rule, server('return { tools: ALL };', RUN)), undefined);
  const imported = "import { allowed } from './policy.ts';";
  assert.equal(
    judgeCode(rule, server('return { tools: ALL.filter((tool) => allowed(tool)) };', RUN, imported)),
    undefined,
  );
  assert.equal(judgeCode(rule, server('if (page > 0) return { tools: [] }; return { tools: ALL };', RUN)), undefined);
});
