import { connect, type ConnectionOptions } from 'node:tls';
import { isIP } from 'node:net';
import type { Budget } from './budget.ts';
import type { HttpSide } from './subject.ts';

/** What a handshake came to. */
export interface Handshake {
  /** Whether it was completed. */
  readonly isDone: boolean;
  /** Such as `TLSv1.3`. */
  readonly protocol: string | undefined;
  /** Why the certificate is not trusted, as a code of OpenSSL or Node; undefined where it is. */
  readonly fault: string | undefined;
}

const NOT_DONE: Handshake = { isDone: false, protocol: undefined, fault: undefined };

/** Shakes hands with the endpoint and sends nothing, so that nothing is given to whom the certificate does not vouch for. */
export function shakeHands(
  { url, address }: HttpSide,
  budget: Budget,
  options: ConnectionOptions = {},
): Promise<Handshake> {
  const patience = budget.take();
  if (patience === undefined) return Promise.resolve(NOT_DONE);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host: address.address,
      port: url.port === '' ? 443 : Number(url.port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
      ...options,
    });
    const done = (handshake: Handshake): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(handshake);
    };
    const timer = setTimeout(() => done(NOT_DONE), patience);
    socket.once('error', () => done(NOT_DONE));
    socket.once('close', () => done(NOT_DONE));
    socket.once('secureConnect', () => {
      done({
        isDone: true,
        protocol: socket.getProtocol() ?? undefined,
        fault: socket.authorized ? undefined : String(socket.authorizationError),
      });
    });
  });
}
