import { readFileSync } from 'node:fs';
import https from 'node:https';
import fetch from 'node-fetch';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const host = process.env.MACHINES_HOST ?? 'https://machines.example.com:8006';
const token = process.env.MACHINES_TOKEN;
const agent = new https.Agent({ ca: process.env.MACHINES_CA ? readFileSync(process.env.MACHINES_CA) : undefined });

const server = new Server({ name: 'machine-list', version: '1.0.0' }, { capabilities: { tools: {} } });
const none = { type: 'object', properties: {}, additionalProperties: false };

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    { name: 'nodes', description: 'List the nodes', inputSchema: none },
    { name: 'status', description: 'State of the cluster', inputSchema: none },
  ],
}));

async function ask(path) {
  const response = await fetch(`${host}/api2/json${path}`, { agent, headers: { Authorization: `PVEAPIToken=${token}` } });
  if (!response.ok) throw new Error(`the cluster answered ${response.status}`);
  return await response.text();
}

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const path = { nodes: '/nodes', status: '/cluster/status' }[request.params.name];
  if (path === undefined) throw new Error('Unknown tool');
  return { content: [{ type: 'text', text: await ask(path) }] };
});

await server.connect(new StdioServerTransport());
