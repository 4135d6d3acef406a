import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { ANSWER } from '../request.ts';

const inputSchema = z.object({ phrase: z.string(), limit: z.number().int(), archived: z.boolean() });
const outputSchema = z.object({ notes: z.array(z.object({ id: z.number(), title: z.string() })), total: z.number() });

/** The official SDK with nothing on: no authentication, no limits, no log; its schemas hoisted out of the factory. */
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  server.registerTool('search', { description: 'Finds notes.', inputSchema, outputSchema }, () => ({
    content: [{ type: 'text', text: JSON.stringify(ANSWER) }],
    structuredContent: { notes: [...ANSWER.notes], total: ANSWER.total },
  }));
  return server;
});
const node = toNodeHandler(handler);
const server = createServer((request, response) => void node(request as Parameters<typeof node>[0], response));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.send?.({ url: `http://127.0.0.1:${port}/mcp`, tokens: [] });
});
process.on('disconnect', () => process.exit());
