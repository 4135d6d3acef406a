import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { getFinding } from './get-finding.js';

const server = new McpServer({ name: 'finding-server', version: '1.0.0' });

server.registerTool(
  'get_by_slug',
  { description: 'One finding', inputSchema: { slug: z.string().regex(/^[a-z0-9-]{1,120}$/) } },
  async ({ slug }) => {
    const finding = await getFinding(slug);
    return { content: [{ type: 'text', text: finding?.content ?? 'not found' }] };
  },
);

await server.connect(new StdioServerTransport());
