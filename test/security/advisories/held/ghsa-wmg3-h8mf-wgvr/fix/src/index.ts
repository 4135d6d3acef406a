import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, rollout } from './kubectl.js';
import { DescribeInput, RolloutInput } from './inputs.js';

const server = new Server({ name: 'cluster-describe', version: '3.8.0' }, { capabilities: { tools: {} } });

const text = { type: 'string' };

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    {
      name: 'kubectl_describe',
      description: 'Describe a resource',
      inputSchema: { type: 'object', properties: { resourceType: text, name: text, namespace: text }, required: ['resourceType', 'name'] },
    },
    {
      name: 'kubectl_rollout',
      description: 'State of a rollout',
      inputSchema: { type: 'object', properties: { deployment: text }, required: ['deployment'] },
    },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  switch (params.name) {
    case 'kubectl_describe':
      return answer(await describe(DescribeInput.parse(params.arguments)));
    case 'kubectl_rollout':
      return answer(await rollout(RolloutInput.parse(params.arguments)));
    default:
      throw new Error(`Unknown tool: ${params.name}`);
  }
});

function answer(value: string) {
  return { content: [{ type: 'text', text: value }] };
}

await server.connect(new StdioServerTransport());
