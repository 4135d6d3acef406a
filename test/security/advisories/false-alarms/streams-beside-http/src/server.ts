import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';

async function tokenOf(request?: Request): Promise<string> {
  if (request) {
    const header = request.headers.get('Authorization');
    let token = '';
    if (header?.startsWith('Bearer ')) token = header.slice(7);
    if (!token) throw new Error('no token');
    return token;
  }
  if (process.env['SITES_ACCESS_TOKEN']) return process.env['SITES_ACCESS_TOKEN'];
  throw new Error('sign in first');
}

export function createServer(request?: Request): McpServer {
  const server = new McpServer({ name: 'sites', version: '1.0.0' });
  server.registerTool('list_sites', { description: 'List sites' }, async () => {
    const headers = { authorization: `Bearer ${await tokenOf(request)}` };
    const answer = await fetch('https://sites.example.com/v1/sites', { headers });
    return { content: [{ type: 'text', text: await answer.text() }] };
  });
  return server;
}
