import type { Client } from 'pg';
import { SqlError } from '../error.ts';
import { resetSession } from './reset.ts';

/** Bounds of a pool. */
export interface PoolLimits {
  /** Most connections at a time, the ones that are being made included. */
  readonly connections: number;
  /** Milliseconds that a call waits for a connection. */
  readonly waitMs: number;
  /** Milliseconds after which a connection that nobody uses is closed. */
  readonly idleMs: number;
}

/** A connection for the time of one statement or transaction. */
export interface Lease {
  readonly client: Client;
  /** Gives it back, to be reset; one that is broken, or made with an older password, is closed. */
  release(broken: boolean): void;
}

interface Idle {
  readonly client: Client;
  readonly generation: number;
  readonly timer: NodeJS.Timeout;
}

interface Waiter {
  readonly grant: () => void;
}

/** The connections of one source. */
export class PostgresPool {
  readonly #connect: () => Promise<Client>;
  readonly #limits: PoolLimits;
  readonly #idle: Idle[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #ending = new Set<Promise<void>>();
  #taken = 0;
  #generation = 0;
  #closed = false;

  constructor(connect: () => Promise<Client>, limits: PoolLimits) {
    this.#connect = connect;
    this.#limits = limits;
  }

  /**
   * Gives a connection.
   * @throws SqlError `busy` when none is free in time, `closed`, or `cancelled`; what connecting throws.
   */
  async take(signal: AbortSignal): Promise<Lease> {
    if (this.#closed) throw new SqlError('closed');
    await this.#place(signal);
    const generation = this.#generation;
    try {
      const idle = this.#takeIdle();
      if (idle !== undefined) return this.#lease(idle.client, idle.generation);
      return this.#lease(await this.#connect(), generation);
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  /** Lets go of what was made with an older password: idle connections now, the others when they come back. */
  renew(): void {
    this.#generation++;
    for (const { client, timer } of this.#idle.splice(0)) this.#end(client, timer);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.renew();
    // What is being reset ends as well, and is added to them then.
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  #lease(client: Client, generation: number): Lease {
    let given = false;
    return {
      client,
      release: (broken) => {
        if (given) return;
        given = true;
        const returned = this.#giveBack(client, generation, broken).finally(() => this.#ending.delete(returned));
        this.#ending.add(returned);
      },
    };
  }

  /** INVARIANT: nothing that a statement left in the session meets the next one, which may be another principal's. */
  async #giveBack(client: Client, generation: number, broken: boolean): Promise<void> {
    const fit = () => !broken && !this.#closed && generation === this.#generation;
    const isClean = fit() && (await resetSession(client));
    if (isClean && fit()) {
      const timer = setTimeout(() => this.#expire(client), this.#limits.idleMs).unref();
      this.#idle.push({ client, generation, timer });
    } else this.#end(client);
    this.#free();
  }

  #place(signal: AbortSignal): Promise<void> {
    if (this.#taken < this.#limits.connections) {
      this.#taken++;
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (reason: 'busy' | 'cancelled') => () => {
      stop();
      reject(new SqlError(reason));
    };
    const cancelled = leave('cancelled');
    const timer = setTimeout(leave('busy'), this.#limits.waitMs);
    const waiter: Waiter = {
      grant: () => {
        stop();
        resolve();
      },
    };
    const stop = (): void => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', cancelled);
    };
    if (signal.aborted) cancelled();
    else {
      signal.addEventListener('abort', cancelled);
      this.#waiters.add(waiter);
    }
    return promise;
  }

  /** The place goes to the next in the queue without becoming free in between. */
  #free(): void {
    const [next] = this.#waiters;
    if (next === undefined) this.#taken--;
    else next.grant();
  }

  #takeIdle(): Idle | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      // The server was restarted, or ended it, while nobody used it: that is no failure of the call that comes now.
      if (!idle.client.connection.stream.destroyed) return idle;
      this.#end(idle.client);
    }
    return undefined;
  }

  #expire(client: Client): void {
    const at = this.#idle.findIndex((idle) => idle.client === client);
    if (at === -1) return;
    this.#idle.splice(at, 1);
    this.#end(client);
  }

  #end(client: Client, timer?: NodeJS.Timeout): void {
    clearTimeout(timer);
    const ended = client
      .end()
      .catch(() => undefined)
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
