import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

// The upstream of the gateway bench: a server with one tool, made with the official SDK, as most are. Over its standard
// streams; over HTTP when started with `http`, and its URL is then the first line that it writes.

const inputSchema = z.object({ text: z.string().max(1000), limit: z.number().int(), archived: z.boolean() });

function create(): McpServer {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  server.registerTool('echo', { description: 'Gives a text back.', inputSchema }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
}

if (process.argv[2] === 'http') {
  const node = toNodeHandler(createMcpHandler(create));
  const http = createServer((request, response) => void node(request as Parameters<typeof node>[0], response));
  http.listen(0, '127.0.0.1', () => {
    const address = http.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.stdout.write(`http://127.0.0.1:${port}/mcp\n`);
  });
  process.stdin.resume();
} else await create().connect(new StdioServerTransport());
process.stdin.on('end', () => process.exit());
