import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What reached the services. */
export interface Seen {
  /** Refunds that were made, by order. */
  readonly refunds: { readonly order: string; readonly body: string }[];
  /** Mails that were sent. */
  readonly mails: string[];
  /** Requests to the address that nobody may reach. */
  readonly canary: string[];
  /** Requests to the order system without its key. */
  readonly unauthorized: number;
}

/** The shop's order system, its mail, its help pages, and an address inside the house that nobody may reach. */
export interface Services {
  readonly origins: { readonly orders: string; readonly mail: string; readonly help: string };
  readonly seen: Seen;
  close(): Promise<void>;
}

const ORDERS: Readonly<Record<string, { readonly status: string; readonly cents: number }>> = {
  'ord-77': { status: 'delivered', cents: 4_900 },
  'ord-78': { status: 'on its way', cents: 12_900 },
};

/**
 * Starts the services on loopback, on free ports.
 * @param key What the order system wants to see as a bearer token.
 */
export async function startServices(key: string): Promise<Services> {
  const seen = {
    refunds: [] as Seen['refunds'][number][],
    mails: [] as string[],
    canary: [] as string[],
    unauthorized: 0,
  };
  const canary = await listen((request, response) => {
    seen.canary.push(request.url ?? '');
    response.end('{"AccessKeyId":"inside"}');
  });
  const orders = await listen(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${key}`) {
      seen.unauthorized += 1;
      response.writeHead(401).end();
      return;
    }
    const [, id = '', refunds] = /^\/orders\/(ord-\d+)(\/refunds)?$/.exec(request.url ?? '') ?? [];
    const order = ORDERS[id];
    if (order === undefined) response.writeHead(404).end();
    else if (refunds === undefined) json(response, 200, { id, ...order });
    else {
      seen.refunds.push({ order: id, body: await textOf(request) });
      json(response, 201, {});
    }
  });
  const mail = await listen(async (request, response) => {
    seen.mails.push(await textOf(request));
    json(response, 202, {});
  });
  const help = await listen((request, response) => {
    if (request.url === '/articles/returns') response.end('Returns are free for 30 days.');
    else if (request.url === '/articles/moved') response.writeHead(302, { location: `${originOf(canary)}/keys` }).end();
    else response.writeHead(404).end();
  });
  const servers = [canary, orders, mail, help];
  return {
    origins: { orders: originOf(orders), mail: originOf(mail), help: originOf(help) },
    seen,
    async close() {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())));
    },
  };
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>): Promise<Server> {
  const server = createServer((request, response) => void handle(request, response));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}
