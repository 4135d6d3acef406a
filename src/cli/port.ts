import { createServer } from 'node:net';
import { Mistake } from './mistake.ts';

/**
 * Reads a port from an option or the environment.
 * @throws Mistake when it is not a whole number from 0 to 65535; `where` names its origin.
 */
export function parsePort(value: string, where: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new Mistake(`${where}: "${value}" is no port. Give a whole number from 0 to 65535; 0 takes a free one.`);
}

/** The port that can be bound: the one asked for, or a free one for 0; `undefined` when it is taken. */
export function findPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      const found = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(found));
    });
  });
}
