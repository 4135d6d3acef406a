import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { readSection } from './section.js';

interface ReadArguments {
  text: string;
  section: string;
}

function isReadArguments(value: unknown): value is ReadArguments {
  const { text, section } = (value ?? {}) as Partial<ReadArguments>;
  return typeof text === 'string' && typeof section === 'string';
}

const server = new Server({ name: 'reader-server', version: '1.0.0' }, { capabilities: { tools: {} } });

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    {
      name: 'read_section',
      description: 'The section of a text under a heading',
      inputSchema: {
        type: 'object',
        properties: { text: { type: 'string' }, section: { type: 'string' } },
        required: ['text', 'section'],
      },
    },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const args = request.params.arguments;
  if (request.params.name !== 'read_section' || !isReadArguments(args)) throw new Error('Invalid call');
  return { content: [{ type: 'text', text: readSection(args.text, args.section) }] };
});

await server.connect(new StdioServerTransport());
