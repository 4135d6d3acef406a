import type { Socket } from 'node:net';
import type { AllowedRanges } from '../../capabilities/http/address.ts';
import { createConnector, type Network } from '../../capabilities/http/connect.ts';
import { HttpError } from '../../capabilities/http/error.ts';
import type { AllowedHost, Destination } from './hosts.ts';

/** Connects to a destination that an entry lets through. Rejects with an HttpError. */
export type Dial = (host: AllowedHost, destination: Destination) => Promise<Socket>;

/**
 * Makes connections with the guard of `http`: a name is resolved once, each of its addresses is checked, and the connection goes to
 * one of them. A server on this machine is reached at its address, without asking a resolver.
 */
export function createDial(
  network: Network,
  timeoutMs: number,
  rangesOf: (name: string, port: number) => AllowedRanges,
): Dial {
  // What is allowed of a host is allowed at one port of it.
  const connectors = new Map<number, ReturnType<typeof createConnector>>();
  const connectorOf = (port: number): ReturnType<typeof createConnector> => {
    const made =
      connectors.get(port) ?? createConnector({ network, timeoutMs, rangesOf: (name) => rangesOf(name, port) });
    connectors.set(port, made);
    return made;
  };
  return ({ isLoopback }, { name, port }) =>
    isLoopback
      ? dialHere(network, port, timeoutMs)
      : new Promise((resolve, reject) => {
          const at = { hostname: name, host: `${name}:${port}`, port: String(port), protocol: 'http:' };
          connectorOf(port)(at, (error, socket) => {
            if (socket === null) reject(error ?? new HttpError('unreachable'));
            else resolve(socket);
          });
        });
}

function dialHere(network: Network, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = network.dial('127.0.0.1', port);
    const timer = setTimeout(() => socket.destroy(new Error('timeout')), timeoutMs);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(new HttpError('unreachable', `nothing listens at port ${port} of this machine: ${error.message}`));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(socket);
    });
  });
}
