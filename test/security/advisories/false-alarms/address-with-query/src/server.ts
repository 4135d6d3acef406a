import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { Catalogue } from './client.js';

const catalogue = new Catalogue();
const server = new McpServer({ name: 'catalogue', version: '1.0.0' });
const shape = { kind: z.string(), after: z.string().optional() };

server.registerTool('list_entries', { description: 'List entries', inputSchema: shape }, async ({ kind, after }) => {
  let path = `/v3/entries/${kind}?limit=100`;
  if (after !== undefined) path += `&after=${after}`;
  const entries = await catalogue.get(path);
  return { content: [{ type: 'text', text: JSON.stringify(entries) }] };
});

server.registerTool('count', { description: 'Count', inputSchema: { kind: z.string() } }, async ({ kind }) => ({
  content: [{ type: 'text', text: JSON.stringify(await catalogue.get(`/v3/count`, { kind })) }],
}));

await server.connect(new StdioServerTransport());
