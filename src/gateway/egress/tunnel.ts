import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Bounded, GateError, HelloGate } from './gate.ts';
import type { EgressLimits } from './limits.ts';

/**
 * Carries TLS between an upstream and the server that it named, within bounds, until either ends. What the server says passes
 * once the upstream's ClientHello has.
 * @throws GateError when what the upstream says is not for that server, or is too much.
 */
export async function runTunnel(client: Duplex, server: Socket, name: string, limits: EgressLimits): Promise<void> {
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  let why: string | undefined;
  const giveUp = (reason: string): void => {
    why ??= reason;
    end();
  };
  const head = setTimeout(() => giveUp('no ClientHello came in time'), limits.headMs);
  const life = setTimeout(() => giveUp('the connection lasted too long'), limits.lifeMs);
  let back: Promise<void> | undefined;
  const gate = new HelloGate(name, limits.bytes, () => {
    clearTimeout(head);
    server.setTimeout(limits.idleMs, () => giveUp('nothing was said for too long'));
    back = pipeline(server, new Bounded(limits.bytes), client);
    back.catch(() => undefined);
  });
  // Until it is read, what a server says first stays where it is.
  server.on('error', end);
  client.on('error', end);
  server.once('close', end);
  try {
    await pipeline(client, gate, server);
    await back;
  } catch (error) {
    if (why !== undefined) throw new GateError(why);
    if (error instanceof GateError) throw error;
    // Either side may break off.
  } finally {
    clearTimeout(head);
    clearTimeout(life);
    end();
  }
}
