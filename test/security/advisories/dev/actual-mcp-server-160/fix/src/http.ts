import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express, { type NextFunction, type Request, type Response } from 'express';
import { createBudgetServer } from './budget.js';
import { verify } from './verify.js';

const app = express();
app.use(express.json({ limit: '100kb' }));

async function signedIn(request: Request, response: Response, next: NextFunction): Promise<void> {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const claims = scheme === 'Bearer' && token ? await verify(token) : undefined;
  if (claims === undefined) {
    response.status(401).set('WWW-Authenticate', 'Bearer').end();
    return;
  }
  response.locals['subject'] = claims.sub;
  next();
}

app.post('/mcp', signedIn, async (request, response) => {
  const server = createBudgetServer(String(response.locals['subject']));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableDnsRebindingProtection: true,
    allowedHosts: ['budget.example.com'],
    allowedOrigins: ['https://budget.example.com'],
  });
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});

app.listen(3600, '127.0.0.1');
