import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CreateMessageResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const server = new McpServer({ name: 'poems', version: '1.0.0' });

server.registerTool(
  'write_poem',
  { description: 'Write a poem', inputSchema: { about: z.string(), length: z.number() } },
  async ({ about, length }, extra) => {
    const messages = [{ role: 'user', content: { type: 'text', text: `A poem about ${about}` } }];
    const request = { method: 'sampling/createMessage', params: { messages, maxTokens: length } };
    const answer = await extra.sendRequest(request, CreateMessageResultSchema);
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
  },
);

await server.connect(new StdioServerTransport());
