import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

function isInside(parent: string, child: string): boolean {
  const way = path.relative(parent, child);
  return way !== '' && !way.startsWith('..') && !path.isAbsolute(way);
}

function permitted(folder: string): string {
  const resolved = path.resolve(folder.trim());
  const root = [process.cwd(), homedir(), tmpdir()]
    .filter((each) => isInside(each, resolved))
    .sort((a, b) => b.length - a.length)[0];
  if (!root) throw new Error(`Nothing is written to ${folder}`);
  return resolved;
}

const server = new McpServer({ name: 'reports', version: '1.0.0' });

server.registerTool('report', { description: 'Writes a report', inputSchema: { folder: z.string() } }, async (input) => {
  const folder = permitted(input.folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'report.txt'), 'done');
  return { content: [{ type: 'text', text: 'written' }] };
});

await server.connect(new StdioServerTransport());
