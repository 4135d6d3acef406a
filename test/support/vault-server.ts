import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';

/** One version of a secret. */
interface Version {
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  state: 'live' | 'deleted' | 'destroyed';
}

/** A server that speaks as much of HashiCorp Vault's HTTP API as a reader of secrets meets. */
export interface VaultServer {
  readonly address: string;
  /** `METHOD path` of each request. */
  readonly requests: readonly string[];
  /** Writes a new version below `secret/`. */
  put(path: string, data: Readonly<Record<string, unknown>>): void;
  setState(path: string, state: Version['state']): void;
  /** Lets a token in from now on, for a number of seconds. */
  allow(token: string, seconds?: number): void;
  revoke(token: string): void;
  /** Answers the next requests by hand. */
  next(count: number, answer: (request: IncomingMessage, response: ServerResponse) => void): void;
  /** The roles and credentials that sign in, as `role credential`. */
  readonly logins: Set<string>;
  /** Namespaces that were named, in order. */
  readonly namespaces: (string | undefined)[];
  close(): Promise<void>;
}

/** How it is reached. */
export interface VaultServerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Life of the tokens that a sign-in gives, in seconds. */
  readonly leaseSeconds?: number;
}

/** Starts it on a free loopback port (Vault HTTP API: KV v2 "Read secret version", auth methods, token self look-up). */
export async function startVaultServer({ tls, leaseSeconds = 3600 }: VaultServerOptions = {}): Promise<VaultServer> {
  const secrets = new Map<string, Version[]>();
  const tokens = new Map<string, number>();
  const [requests, namespaces]: [string[], (string | undefined)[]] = [[], []];
  const logins = new Set<string>();
  let byHand:
    | { count: number; readonly answer: (request: IncomingMessage, response: ServerResponse) => void }
    | undefined;
  let given = 0;

  const allow = (token: string, seconds = 3600): void => void tokens.set(token, Date.now() + seconds * 1000);
  const reply = (response: ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const errors = (response: ServerResponse, status: number, ...texts: string[]): void =>
    reply(response, status, { errors: texts });

  const signIn = (response: ServerResponse, path: string, body: Record<string, unknown>): void => {
    const credential = path.includes('kubernetes') ? body['jwt'] : body['secret_id'];
    const role = body['role'] ?? body['role_id'];
    if (!logins.has(`${String(role)} ${String(credential)}`))
      return errors(response, 400, 'invalid role or credential');
    given += 1;
    const token = `hvs.token-of-a-login-${given}`;
    allow(token, leaseSeconds);
    return reply(response, 200, { auth: { client_token: token, lease_duration: leaseSeconds, renewable: true } });
  };

  const read = (response: ServerResponse, path: string): void => {
    const versions = secrets.get(path) ?? [];
    const latest = versions.at(-1);
    if (latest === undefined) return errors(response, 404);
    const metadata = {
      created_time: latest.createdAt,
      custom_metadata: null,
      deletion_time: latest.state === 'deleted' ? new Date().toISOString() : '',
      destroyed: latest.state === 'destroyed',
      version: versions.length,
    };
    const gone = latest.state !== 'live';
    return reply(response, gone ? 404 : 200, { data: { data: gone ? null : latest.data, metadata } });
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').replace(/^\/v1\//, '');
    requests.push(`${request.method ?? ''} ${path}`);
    namespaces.push(request.headers['x-vault-namespace']?.toString());
    if (byHand !== undefined && byHand.count > 0) {
      byHand.count -= 1;
      return byHand.answer(request, response);
    }
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const body: unknown = text === '' ? {} : JSON.parse(text);
    if (path.startsWith('auth/') && path.endsWith('/login'))
      return signIn(response, path, body as Record<string, unknown>);
    const token = String(request.headers['x-vault-token']);
    const until = tokens.get(token) ?? 0;
    if (until <= Date.now()) return errors(response, 403, 'permission denied');
    if (path === 'auth/token/lookup-self')
      return reply(response, 200, { data: { ttl: Math.ceil((until - Date.now()) / 1000), renewable: true } });
    if (path === 'auth/token/renew-self') {
      allow(token, leaseSeconds);
      return reply(response, 200, { auth: { client_token: token, lease_duration: leaseSeconds, renewable: true } });
    }
    return read(response, decodeURIComponent(path.replace('secret/data/', '')));
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    namespaces,
    logins,
    allow,
    revoke: (token) => void tokens.delete(token),
    put(path, data) {
      const versions = secrets.get(path) ?? [];
      versions.push({ data, createdAt: new Date().toISOString(), state: 'live' });
      secrets.set(path, versions);
    },
    setState(path, state) {
      const latest = secrets.get(path)?.at(-1);
      if (latest !== undefined) latest.state = state;
    },
    next(count, answer) {
      byHand = { count, answer };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
