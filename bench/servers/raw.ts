import { createServer } from 'node:http';
import { ANSWER } from '../request.ts';

/** node:http doing the same JSON and nothing else: the roof over every figure. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly id: number };
    const text = JSON.stringify(ANSWER);
    const result = { resultType: 'complete', content: [{ type: 'text', text }], structuredContent: ANSWER };
    const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, result });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.send?.({ url: `http://127.0.0.1:${port}/mcp`, tokens: [] });
});
process.on('disconnect', () => process.exit());
