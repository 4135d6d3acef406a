import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const HEAD = `import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
const app = express();\n`;
const wrong: Readonly<Record<string, string>> = {
  'made once': `${HEAD}const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });\napp.post('/mcp', (request, response) => transport.handleRequest(request, response));`,
  'made once in main': `${HEAD}async function main() { const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }); }\nmain();`,
};
const right: Readonly<Record<string, string>> = {
  'for each request': `${HEAD}app.post('/mcp', (request, response) => new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }));`,
  'with sessions': `${HEAD}const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => crypto.randomUUID() });`,
};

for (const [name, text] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, text);
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, text] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, text)?.status, 'pass');
  });
