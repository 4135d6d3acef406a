import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const BUDGETS = new Map<string, Map<string, number>>();

export function createBudgetServer(subject: string): McpServer {
  const server = new McpServer({ name: 'budget-server', version: '1.0.0' });
  server.registerTool(
    'month',
    { description: 'Your budget of a month', inputSchema: { month: z.string().regex(/^\d{4}-\d{2}$/) } },
    async ({ month }) => ({ content: [{ type: 'text', text: String(BUDGETS.get(subject)?.get(month) ?? 0) }] }),
  );
  return server;
}
