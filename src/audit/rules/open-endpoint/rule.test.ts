import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const server = (listen: string, before = ''): string => `import express from 'express';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
const app = express();
${before}
app.post('/mcp', async (req, res) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  await transport.handleRequest(req, res, req.body);
});
${listen}`;

test('wrong: every address, and nothing that callers are asked for', () => {
  const judged = judgeCode(rule, server('app.listen(3000);'));
  assert.equal(judged?.status, 'fail');
  assert.deepEqual(judged.hits[0]?.place, { file: 'a.ts', line: 5, column: 18 });
  assert.equal(judgeCode(rule, server("app.listen(3000, '0.0.0.0');"))?.status, 'fail');
});

test('right: this machine alone, an address that others choose, or something that callers are asked for', () => {
  assert.equal(judgeCode(rule, server("app.listen(3000, '127.0.0.1');")), undefined);
  assert.equal(judgeCode(rule, server('app.listen(3000, process.env.HOST);')), undefined);
  assert.equal(
    judgeCode(rule, server('app.listen(3000);', "app.use((req, res, next) => check(req.headers['x-api-key']));")),
    undefined,
  );
  assert.equal(judgeCode(rule, server('app.listen(3000);', 'app.use(requireBearerAuth({ verifier }));')), undefined);
});
