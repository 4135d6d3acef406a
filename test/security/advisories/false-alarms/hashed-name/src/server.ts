import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const FOLDER = join(process.cwd(), 'cache');
mkdirSync(FOLDER, { recursive: true });

function fileOf(prompt: string): string {
  const digest = createHash('sha256').update(prompt).digest('hex');
  return join(FOLDER, `${digest.slice(0, 16)}.json`);
}

const server = new McpServer({ name: 'answers', version: '1.0.0' });

server.registerTool(
  'keep_answer',
  { description: 'Keep an answer', inputSchema: { prompt: z.string(), answer: z.string() } },
  async ({ prompt, answer }) => {
    writeFileSync(fileOf(prompt), JSON.stringify({ answer }));
    return { content: [{ type: 'text', text: 'kept' }] };
  },
);

server.registerTool('find_answer', { description: 'Find one', inputSchema: { prompt: z.string() } }, async ({ prompt }) => ({
  content: [{ type: 'text', text: readFileSync(fileOf(prompt), 'utf8') }],
}));

await server.connect(new StdioServerTransport());
