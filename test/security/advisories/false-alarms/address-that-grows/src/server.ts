import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

async function ask(address: string): Promise<unknown> {
  const answer = await fetch(address, { headers: { authorization: `Bearer ${process.env['LIBRARY_TOKEN']}` } });
  return await answer.json();
}

async function readShelf(shelf: string, page?: string): Promise<unknown> {
  let address = `https://library.example.org/shelves/${shelf}/books`;
  if (page !== undefined) address += `?page=${page}`;
  return await ask(address);
}

const server = new McpServer({ name: 'library', version: '1.0.0' });
const shape = { shelf: z.string(), page: z.string().optional() };

server.registerTool('read_shelf', { description: 'Read a shelf', inputSchema: shape }, async ({ shelf, page }) => ({
  content: [{ type: 'text', text: JSON.stringify(await readShelf(shelf, page)) }],
}));

await server.connect(new StdioServerTransport());
