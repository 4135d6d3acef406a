import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type * as OidcProvider from 'oidc-provider';
import { type ClientDocuments, createClientDocuments } from './dev-client-documents.ts';
import { createInteractionHandler, send } from './dev-interactions.ts';
import { type DevAuthorizationServerOptions, type DevSettings, type DevUser, parseDevOptions } from './dev-options.ts';
import { errorPage } from './dev-pages.ts';
import { createDevProvider, INTERACTION_PATH } from './dev-provider.ts';
import { isLoopbackHost } from './resource.ts';

export type { DevAuthorizationServerOptions, DevClient, DevUser } from './dev-options.ts';

/** A running development authorization server. */
export interface DevAuthorizationServer {
  /** Issuer identifier: `http://127.0.0.1:<port>`. */
  readonly issuer: string;
  /** The demo users with their passwords, to be printed for the developer. */
  readonly users: readonly DevUser[];
  close(): Promise<void>;
}

/**
 * Starts an authorization server for development and tests: OAuth 2.1 authorization code with PKCE, resource indicators,
 * client ID metadata documents, open registration of public clients and demo users. It keeps nothing on disk.
 *
 * @throws TypeError in another profile than `dev`, on another host than 127.0.0.1, and for options at fault.
 * @throws Error when `oidc-provider` is not installed, with the command that installs it.
 */
export async function startDevAuthorizationServer(
  options: DevAuthorizationServerOptions,
): Promise<DevAuthorizationServer> {
  const settings = parseDevOptions(options);
  const oidc = await importProvider();
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 });
  const host = await listen(server, settings.host, settings.port);
  const documents = createClientDocuments();
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await Promise.all([documents.close(), new Promise((resolve) => server.close(resolve))]);
  };
  try {
    const handle = await createHandler(oidc, `http://${host}`, settings, documents);
    server.on('request', (request, response) => void handle(request, response).catch(() => response.destroy()));
  } catch (error) {
    await close();
    throw error;
  }
  return { issuer: `http://${host}`, users: settings.users, close };
}

async function createHandler(
  oidc: typeof OidcProvider,
  issuer: string,
  settings: DevSettings,
  documents: ClientDocuments,
): Promise<(request: IncomingMessage, response: ServerResponse) => Promise<void>> {
  const failures = { client: await errorPage(400), server: await errorPage(500) };
  const provider = createDevProvider(oidc, issuer, settings, documents, (status) =>
    status >= 500 ? failures.server : failures.client,
  );
  const serve = provider.callback();
  const interact = createInteractionHandler(provider, settings);

  return async (request, response) => {
    if (!admit(request, response, issuer)) return;
    if (!(request.url ?? '').startsWith(INTERACTION_PATH)) {
      await serve(request, response);
      return;
    }
    try {
      await interact(request, response);
    } catch (error) {
      const gone = error instanceof oidc.errors.SessionNotFound;
      send(response, gone ? 400 : 500, gone ? failures.client : failures.server);
    }
  };
}

/**
 * Refuses other hosts (DNS rebinding) and other origins than loopback ones, answers preflights, and sets the headers
 * that every answer has. Gives whether the request goes on.
 */
function admit(request: IncomingMessage, response: ServerResponse, issuer: string): boolean {
  const { origin } = request.headers;
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  if (`http://${request.headers.host}` !== issuer) return refuse(response, 421);
  if (origin === undefined) return true;
  const page = (request.url ?? '').startsWith(INTERACTION_PATH);
  if (page ? origin !== issuer : !isLoopbackHost(URL.parse(origin)?.hostname ?? '')) return refuse(response, 403);
  response.setHeader('vary', 'Origin');
  response.setHeader('access-control-allow-origin', origin);
  if (request.method !== 'OPTIONS') return true;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, mcp-protocol-version');
  response.writeHead(204).end();
  return false;
}

function refuse(response: ServerResponse, status: number): false {
  response.writeHead(status, { 'content-type': 'text/plain' }).end();
  return false;
}

async function importProvider(): Promise<typeof OidcProvider> {
  try {
    return await import('oidc-provider');
  } catch (cause) {
    throw new Error(
      'The development authorization server needs oidc-provider: npm install --save-dev --save-exact oidc-provider@9.13.3',
      { cause },
    );
  }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(`${host}:${address.port}`);
    });
  });
}
