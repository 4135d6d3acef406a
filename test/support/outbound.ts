import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { HttpClient } from '../../src/capabilities/http/client.ts';
import type { Network } from '../../src/capabilities/http/connect.ts';
import { openHttp } from '../../src/capabilities/http/http.ts';
import { readSpec, type OutboundOptions } from '../../src/capabilities/http/options.ts';
import type { CapabilityContext, CapabilityRuntime } from '../../src/capabilities/capability.ts';
import type { Certificate } from '../../src/prove/certificate.ts';
import { createCall, createRuntime } from './runtime.ts';

/** A server on loopback, what it was asked, and how to end it. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Method and path of each request. */
  readonly asked: string[];
  /** Connections that were made, also those that never asked for anything. */
  readonly connections: () => number;
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Listens on a free port of loopback; over TLS with a certificate. */
export async function listenOn(
  listener: RequestListener,
  certificate?: Certificate,
  host = '127.0.0.1',
): Promise<Listening> {
  const [asked, requests]: [string[], IncomingMessage[]] = [[], []];
  let connections = 0;
  const hear: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    requests.push(request);
    listener(request, response);
  };
  const server: Server = certificate === undefined ? createServer(hear) : createTlsServer(certificate, hear);
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    asked,
    requests,
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * A network in which public addresses lead to ports of loopback, and every other address to itself. The sockets are real;
 * only what they call their peer is not.
 */
export function fakeInternet(
  names: Readonly<Record<string, () => readonly string[]>>,
  places: Readonly<Record<string, number>>,
): Network & { readonly dialled: string[]; readonly resolved: string[] } {
  const [dialled, resolved]: [string[], string[]] = [[], []];
  return {
    dialled,
    resolved,
    resolve(name) {
      resolved.push(name);
      const found = names[name];
      return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found());
    },
    dial(address, port): Socket {
      dialled.push(address);
      const place = places[address];
      if (place === undefined) return connect({ host: address, port });
      const socket = connect({ host: '127.0.0.1', port: place });
      Object.defineProperty(socket, 'remoteAddress', { value: address });
      return socket;
    },
  };
}

/** A client for one call, the operator's log lines, and how to end its connections. */
export interface OpenClient {
  readonly client: HttpClient;
  readonly lines: string[];
  readonly close: () => Promise<void>;
}

/** Opens `http` for one call. */
export function openClient(
  hosts: readonly string[],
  options: {
    readonly network?: Network;
    readonly outbound?: OutboundOptions;
    readonly runtime?: Partial<CapabilityRuntime>;
    readonly context?: Partial<CapabilityContext>;
  },
): OpenClient {
  const lines: string[] = [];
  const runtime = createRuntime({ log: (line) => void lines.push(line), ...options.runtime });
  const network = options.network ?? fakeInternet({}, {});
  const handle = openHttp(readSpec(hosts, options.outbound ?? {}), runtime, network);
  return {
    client: handle.grant({ ...createCall(), ...options.context }),
    lines,
    close: async () => {
      await handle.close();
    },
  };
}
