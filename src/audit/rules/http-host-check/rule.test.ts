import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const HEAD = `import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';\n`;
const wrong: Readonly<Record<string, string>> = {
  'no list of hosts': `${HEAD}new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });`,
  'switched off': `${HEAD}new StreamableHTTPServerTransport({ enableDnsRebindingProtection: false, allowedHosts: [] });`,
  'the older transport': `import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';\nnew SSEServerTransport('/messages', response);`,
};
const right: Readonly<Record<string, string>> = {
  'a list of hosts': `${HEAD}new StreamableHTTPServerTransport({ enableDnsRebindingProtection: true, allowedHosts: ['localhost'] });`,
  'the app of the SDK': `${HEAD}import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';\nconst app = createMcpExpressApp();\nnew StreamableHTTPServerTransport({});`,
  'a check of its own': `${HEAD}export function on(request) { if (request.headers.host !== 'localhost') return; return new StreamableHTTPServerTransport({}); }`,
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
