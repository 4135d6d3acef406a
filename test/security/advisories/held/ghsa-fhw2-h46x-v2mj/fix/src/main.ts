import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { chromium } from 'playwright';
import { z } from 'zod';
import tools from './files.js';

const browser = await chromium.launch();
const page = await browser.newPage();
const server = new Server({ name: 'page-driver', version: '0.0.54' }, { capabilities: { tools: {} } });

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: tools.map(({ schema }) => ({ ...schema, inputSchema: z.toJSONSchema(schema.inputSchema) })),
}));

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const tool = tools.find((each) => each.schema.name === request.params.name);
  if (!tool) throw new Error(`Tool "${request.params.name}" not found`);
  const parsed = tool.schema.inputSchema.parse(request.params.arguments ?? {});
  const text = await tool.handle(page, parsed as never);
  return { content: [{ type: 'text', text }] };
});

await server.connect(new StdioServerTransport());
