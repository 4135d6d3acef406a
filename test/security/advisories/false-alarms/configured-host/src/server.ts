import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { getBuildsBaseUrl } from './config.js';

const server = new McpServer({ name: 'builds', version: '1.0.0' });

server.tool('list_test_ids', 'Tests of a build', { buildId: z.string(), status: z.string().optional() }, async (args) => {
  const { buildId, status } = args;
  const base = `${getBuildsBaseUrl()}/ext/v1/builds/${encodeURIComponent(buildId)}/tests`;
  const url = status ? `${base}?status=${encodeURIComponent(status)}` : base;
  const response = await fetch(url, { headers: { Authorization: `Basic ${process.env['BUILDS_LOGIN']}` } });
  return { content: [{ type: 'text', text: await response.text() }] };
});

await server.connect(new StdioServerTransport());
