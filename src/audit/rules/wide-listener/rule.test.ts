import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const HEAD = `import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
const server = new McpServer({ name: 'x', version: '1' });
const app = express();\n`;
const wrong: Readonly<Record<string, string>> = {
  'every address': `${HEAD}app.listen(3000, '0.0.0.0');`,
  'every address of both sorts': `${HEAD}app.listen({ port: 3000, host: '::' });`,
  'no host': `${HEAD}app.listen(Number(process.env.PORT), () => console.error('there'));`,
};
const right: Readonly<Record<string, string>> = {
  loopback: `${HEAD}app.listen(3000, '127.0.0.1');`,
  'an address of whoever deploys it': `${HEAD}app.listen(3000, process.env.HOST);`,
  'a socket': `${HEAD}app.listen(process.env.SOCKET, () => undefined);`,
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
