import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';

/** Starts an HTTP server on loopback that keeps no process alive, and gives its base URL: an outside API for a fixture. */
async function startStandIn(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
}

/** Pages of `https://pages.example`: a text, and `/redirect?to=` that leads wherever it is told. */
export function startPages(): Promise<string> {
  return startStandIn((request, response) => {
    const to = URL.parse(request.url ?? '/', 'https://pages.example')?.searchParams.get('to');
    if (typeof to === 'string') response.writeHead(302, { location: to }).end();
    else response.writeHead(200, { 'content-type': 'text/plain' }).end('a page');
  });
}
