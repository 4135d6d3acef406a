import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { isSameAddress, mayConnect, type AllowedRanges } from './address.ts';
import { HttpError } from './error.ts';

/** What lies between a name and a connection: the system's resolver and sockets. */
export interface Network {
  /** Every address of a name. */
  resolve(name: string): Promise<readonly string[]>;
  dial(address: string, port: number): Socket;
}

/** The network of this machine. */
export const SYSTEM_NETWORK: Network = Object.freeze({
  async resolve(name: string): Promise<readonly string[]> {
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return found.map(({ address }) => address);
  },
  dial: (address: string, port: number) => connectTcp({ host: address, port, noDelay: true }),
});

const MOST_TRIED = 4;

/** Who may be connected to. */
export interface ConnectRules {
  readonly network: Network;
  readonly timeoutMs: number;
  /** Private ranges that the deployment allows for a name. */
  readonly rangesOf: (name: string) => AllowedRanges;
  /** What of TLS is not as the system has it. */
  readonly tls?: TlsRules;
}

/** How a TLS peer proves itself beside its certificate for its name, and how this side does. */
export interface TlsRules {
  /** PEM of the authorities that are trusted; those of the system when absent. */
  readonly ca?: string;
  /** PEM of the certificate and the key of this side. */
  readonly cert?: string;
  readonly key?: string;
  /** Why this is not the peer that is meant; looked at before a byte is sent. */
  readonly refuse?: (socket: TLSSocket) => string | undefined;
}

/**
 * Makes connections to addresses that were checked. A name is resolved once for each connection and refused when any of
 * its addresses is one that a tool has no business at; the connection goes to an address, never to a name, so that what
 * was checked is what is used, and the peer is looked at again before a byte is sent to it.
 */
export function createConnector({ network, timeoutMs, rangesOf, tls = {} }: ConnectRules): buildConnector.connector {
  const open = async (name: string, port: number, isOver: () => boolean): Promise<Socket> => {
    const ranges = rangesOf(name);
    // undici's lookup hook would not be called for an address, so that names and addresses are looked at here alike.
    const addresses = isIP(name) === 0 ? await resolve(network, name) : [name];
    const bad = addresses.find((address) => !mayConnect(address, ranges));
    if (bad !== undefined) throw new HttpError('refused', `${name} is at ${bad}, where a tool may not go`);
    let last: unknown = new HttpError('unreachable', `${name} has no address`);
    for (const address of addresses.slice(0, MOST_TRIED)) {
      if (isOver()) break;
      try {
        return await dial(network, address, port, ranges);
      } catch (error) {
        last = error;
        if (error instanceof HttpError && error.reason === 'refused') break;
      }
    }
    throw last;
  };
  return (options, callback) => {
    const { hostname, port, protocol, servername } = options;
    const name = hostname.replace(/^\[|\]$/g, '');
    let over = false;
    const finish = (error: Error | undefined, socket?: Socket) => {
      if (over) return void socket?.destroy();
      over = true;
      clearTimeout(timer);
      if (socket !== undefined && error === undefined) callback(null, socket);
      else callback(error ?? new HttpError('unreachable'), null);
    };
    const timer = setTimeout(() => finish(new HttpError('timeout', `${name} took no connection in time`)), timeoutMs);
    const start = async () => {
      const socket = await open(name, Number(port === '' ? defaultPort(protocol) : port), () => over);
      if (protocol === 'https:') secure(socket, servername ?? name, tls, finish);
      else finish(undefined, socket);
    };
    start().catch((error: unknown) => finish(asHttpError(error, name)));
  };
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80;
}

async function resolve(network: Network, name: string): Promise<readonly string[]> {
  try {
    return await network.resolve(name);
  } catch {
    throw new HttpError('unreachable', `${name} does not resolve`);
  }
}

function dial(network: Network, address: string, port: number, ranges: AllowedRanges): Promise<Socket> {
  return new Promise((settle, refuse) => {
    const socket = network.dial(address, port);
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      const peer = socket.remoteAddress ?? '';
      // INVARIANT: nothing is written before this.
      if (isSameAddress(peer, address) && mayConnect(peer, ranges)) return settle(socket);
      socket.destroy();
      refuse(new HttpError('refused', `the connection to ${address} ended at ${peer}`));
    });
  });
}

function secure(
  socket: Socket,
  servername: string,
  { refuse, ...own }: TlsRules,
  finish: (error: Error | undefined, socket?: Socket) => void,
): void {
  // Said here, because NODE_TLS_REJECT_UNAUTHORIZED in the environment would switch it off otherwise.
  const tls = connectTls({
    ...own,
    socket,
    servername,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
  });
  const fail = (error: unknown): void => {
    tls.destroy();
    finish(asHttpError(error, servername));
  };
  tls.once('error', fail);
  tls.once('secureConnect', () => {
    const why = refuse?.(tls);
    if (why === undefined) finish(undefined, tls);
    else fail(new HttpError('refused', `${servername}: ${why}`));
  });
}

function asHttpError(error: unknown, name: string): HttpError {
  if (error instanceof HttpError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return new HttpError('unreachable', `${name}: ${code}`);
}
