import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { readText, setAllowed, validatePath, writeText } from './files.js';

const server = new McpServer({ name: 'folders', version: '1.0.0' });

const readHandler = async (args) => {
  const file = await validatePath(args.path);
  return { content: [{ type: 'text', text: await readText(file) }] };
};

server.registerTool('read_file', { description: 'Read a file', inputSchema: { path: z.string() } }, readHandler);

server.registerTool(
  'write_file',
  { description: 'Write a new file', inputSchema: { path: z.string(), content: z.string() } },
  async (args) => {
    const file = await validatePath(args.path);
    await writeText(file, args.content);
    return { content: [{ type: 'text', text: 'written' }] };
  },
);

setAllowed(process.argv.slice(2));
await server.connect(new StdioServerTransport());
