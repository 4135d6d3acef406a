import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer as LegacyServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

/** A request as an upstream saw it. */
export interface Seen {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** The method of its message, where it has one. */
  readonly message: string | undefined;
  /** The port of the connection that it came on. */
  readonly port: number | undefined;
}

/** An upstream behind a URL of loopback. */
export interface UrlUpstream {
  readonly url: string;
  readonly seen: Seen[];
  /** Tells whoever listens that its list of tools has changed, and changes it. */
  change(): void;
  /** Ends every session, as a restart does. */
  forget(): void;
  close(): Promise<void>;
}

/** Which real upstream: of the official SDK, first or second generation. */
export type UrlKind = 'stateful' | 'stateless' | 'modern';

const inputSchema = { text: z.string().max(200), region: z.string().max(20).optional() };
const say = ({ text }: { readonly text: string }): { content: { type: 'text'; text: string }[] } => ({
  content: [{ type: 'text', text: `said ${text}` }],
});

/** Starts a real upstream of the official SDK, with the tools `say`, `slow` and `ask`. */
export async function startUrlUpstream(kind: UrlKind, tls?: ServerOptions): Promise<UrlUpstream> {
  const made = kind === 'modern' ? modern() : legacy(kind === 'stateful');
  const seen: Seen[] = [];
  const served = await listen(async (request, response) => {
    const body = await readJson(request);
    const message = typeof body === 'object' && body !== null && 'method' in body ? String(body.method) : undefined;
    const { method = '', headers, socket } = request;
    seen.push({ method, headers, message, port: socket.remotePort });
    await made.serve(request, response, body);
  }, tls);
  return { ...served, ...made, seen };
}

type Serve = (request: IncomingMessage, response: Parameters<RequestListener>[1], body: unknown) => Promise<void>;
type Made = Pick<UrlUpstream, 'change' | 'forget'> & { readonly serve: Serve };

function modern(): Made {
  let description = 'Says it.';
  const handler = createMcpHandler(
    () => {
      const server = new McpServer(
        { name: 'modern-upstream', version: '1.0.0' },
        { capabilities: { tools: { listChanged: true } } },
      );
      const input = z.object({
        ...inputSchema,
        region: z.string().max(20).optional().meta({ 'x-mcp-header': 'Region' }),
      });
      server.registerTool('say', { description, inputSchema: input }, say);
      server.registerTool('slow', { description: 'Takes its time.', inputSchema: input }, (args, { mcpReq }) =>
        slow(mcpReq.signal, args),
      );
      return server;
    },
    { legacy: 'reject' },
  );
  const node = toNodeHandler(handler);
  return {
    serve: async (request, response, body) => {
      await node(request as Parameters<typeof node>[0], response, body);
    },
    change: () => {
      description = 'Says it, and more.';
      handler.notify.toolsChanged();
    },
    forget: () => undefined,
  };
}

/** Does not end by itself. */
function slow(signal: AbortSignal, { text }: { readonly text: string }): Promise<ReturnType<typeof say>> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(say({ text })), { once: true });
  });
}

function legacy(isStateful: boolean): Made {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: { readonly server: LegacyServer; readonly tool: { update(to: { description: string }): void } }[] = [];
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    const server = new LegacyServer({ name: 'legacy-upstream', version: '1.0.0' });
    const tool = server.registerTool('say', { description: 'Says it.', inputSchema }, say);
    server.registerTool('slow', { description: 'Takes its time.', inputSchema }, (args, { signal }) =>
      slow(signal, args),
    );
    const transport = new StreamableHTTPServerTransport(
      isStateful
        ? {
            sessionIdGenerator: () => randomUUID(),
            onsessioninitialized: (id) => void sessions.set(id, transport),
            onsessionclosed: (id) => void sessions.delete(id),
          }
        : {},
    );
    await server.connect(transport);
    servers.push({ server, tool });
    return transport;
  };
  return {
    async serve(request, response, body) {
      const id = request.headers['mcp-session-id'];
      const known = typeof id === 'string' ? sessions.get(id) : undefined;
      if (!isStateful && request.method !== 'POST') return void response.writeHead(405).end();
      if (typeof id === 'string' && known === undefined) return void response.writeHead(404).end();
      await (known ?? (await open())).handleRequest(request, response, body);
    },
    change() {
      for (const { tool } of servers) tool.update({ description: 'Says it, and more.' });
    },
    forget() {
      for (const transport of sessions.values()) void transport.close();
      sessions.clear();
    },
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

/** Serves on a free port of loopback. */
export async function listen(
  serve: (...given: Parameters<RequestListener>) => unknown,
  tls?: ServerOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const hear: RequestListener = (request, response) => {
    Promise.resolve(serve(request, response)).catch(() => response.destroy());
  };
  const server: Server = tls === undefined ? createServer(hear) : createTlsServer(tls, hear);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}/mcp` : `https://localhost:${port}/mcp`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
