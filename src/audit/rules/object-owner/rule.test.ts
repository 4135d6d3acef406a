import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

const server = (body: string): string =>
  `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { z } from 'zod';\nconst server = new McpServer({ name: 'a', version: '1.0.0' });\nserver.registerTool('show', { inputSchema: { id: z.string() } }, async ({ id }, extra) => ({ content: [show(id, extra)] }));\n${body}\n`;
const store = (read: string): string =>
  server(
    `const drafts = new Map();\nexport function keep(id, text, extra) { drafts.set(id, { owner: extra.authInfo.clientId, text }); }\nfunction show(id, extra) { ${read} }`,
  );
const sql = (statement: string, args: string): string =>
  server(
    `export const list = (tenantId) => db.query('SELECT id FROM drafts WHERE tenant_id = $1', [tenantId]);\nfunction show(id, extra) { return find(tenantOf(extra), id); }\nfunction find(tenantId, id) { return db.query('${statement}', ${args}); }`,
  );
const python = (read: string, owner = 'current_user()'): string =>
  `from fastmcp import FastMCP\nmcp = FastMCP("a")\nDRAFTS = {}\n@mcp.tool\ndef keep(key: str, customer: str) -> None:\n  DRAFTS[key] = {"customer": ${owner}, "text": ""}\n@mcp.tool\ndef show(key: str) -> dict:\n  ${read}\n`;

testCases(rule, {
  wrong: {
    typescript: {
      'in a map': store('return drafts.get(id);'),
      'in a table, with a tenant that is not used': sql('SELECT * FROM drafts WHERE id = $1', '[id]'),
      'removed from a table': sql('DELETE FROM drafts WHERE id = $1', '[id]'),
    },
    python: { 'in a dictionary': python('return DRAFTS[key]'), 'taken out': python('return DRAFTS.pop(key)') },
  },
  right: {
    typescript: {
      compared: store(
        'const draft = drafts.get(id); return draft.owner === extra.authInfo.clientId ? draft : undefined;',
      ),
      'asked for together': sql('SELECT * FROM drafts WHERE id = $1 AND tenant_id = $2', '[id, tenantId]'),
      'the tenant is looked at elsewhere': sql('SELECT * FROM drafts WHERE id = $1', '[id]).then(only(tenantId)'),
    },
    python: {
      compared: python('draft = DRAFTS[key]\n  return draft if draft["customer"] == current_user() else {}'),
      'what is no matter of who asks': python('return DRAFTS[key]', 'customer'),
    },
  },
});
