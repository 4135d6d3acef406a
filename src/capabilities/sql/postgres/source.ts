import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Statement } from '../../../controls/parameterised-queries/control.ts';
import type { CapabilityRuntime, PostgresSource } from '../../capability.ts';
import type { SqlLimits } from '../access.ts';
import { SqlError } from '../error.ts';
import { createDriver, type CreateClient } from './driver.ts';
import { codeOf } from './error.ts';
import { readPlace, type PostgresPlace } from './options.ts';
import { PostgresPool, type Lease } from './pool.ts';
import { judgeRole, readRole, ROLE_QUERY } from './role.ts';
import { readText, riskyFunctions } from './rules.ts';
import { PostgresStatement, type Around, type PostgresResult } from './statement.ts';

/** A PostgreSQL source opened for reading or for writing. */
export interface OpenPostgres {
  take(signal: AbortSignal): Promise<Lease>;
  /** Runs a statement of a handler on a connection, until the signal ends it. */
  run(
    lease: Lease,
    statement: Statement,
    limits: SqlLimits,
    around: Around,
    signal: AbortSignal,
  ): Promise<PostgresResult>;
  /** Runs a command of the host's own. */
  command(lease: Lease, text: 'BEGIN' | 'COMMIT' | 'ROLLBACK'): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds that a statement has when nothing else is said; the server ends it. */
export const STATEMENT_MS = 5000;
const LOCK_MS = 2000;
const CONNECT_MS = 5000;
const WAIT_MS = 2000;
const IDLE_MS = 30_000;
/** Milliseconds for a statement to end once it was told to, before its connection is cut. */
const GRACE_MS = 5000;
const MISSED_MS = 250;
/** Milliseconds before a refused password is tried again: it may be changing. */
const AGAIN_MS = [0, 100, 400];
/** Milliseconds after which this end steps in, where the server has not ended a statement by itself. */
const LATE_MS = 500;
const OWN: SqlLimits = { rows: 1000, bytes: 1024 * 1024, ms: STATEMENT_MS };
const NEVER: AbortSignal = new AbortController().signal;
const MOST_TEXTS = 1000;

const shared = new WeakMap<CapabilityRuntime, Map<string, { readonly opening: Promise<OpenPostgres>; uses: number }>>();

/**
 * Opens a source, or takes another use of it: tools that read share their connections, and so do tools that write. One
 * connection is made at first, to see that it can be and what its role may do.
 * @throws TypeError on options, or a role that production refuses; Error when the server cannot be reached.
 */
export async function openPostgres(
  name: string,
  options: PostgresSource,
  access: 'read' | 'write',
  runtime: CapabilityRuntime,
): Promise<OpenPostgres> {
  const sources = shared.get(runtime) ?? new Map<string, { opening: Promise<OpenPostgres>; uses: number }>();
  shared.set(runtime, sources);
  const key = `${access} ${name}`;
  const entry = sources.get(key) ?? { opening: connectSource(name, options, access, runtime), uses: 0 };
  entry.uses++;
  sources.set(key, entry);
  try {
    const opened = await entry.opening;
    return {
      ...opened,
      close: () => {
        if (--entry.uses > 0) return Promise.resolve();
        sources.delete(key);
        return opened.close();
      },
    };
  } catch (error) {
    sources.delete(key);
    throw error;
  }
}

async function connectSource(
  name: string,
  options: PostgresSource,
  access: 'read' | 'write',
  runtime: CapabilityRuntime,
): Promise<OpenPostgres> {
  const place = readPlace(name, options, runtime.profile);
  const { connect, watch } = await createConnect(place, access, runtime);
  const pool = new PostgresPool(connect, { connections: place.connections, waitMs: WAIT_MS, idleMs: IDLE_MS });
  const stop = watch(() => pool.renew());
  const source = new Source(pool, connect, access, (line) => runtime.log(`sql ${name}: ${line}`));
  try {
    for (const line of judgeRole(name, access, await source.role(), runtime.profile)) runtime.log(line);
  } catch (error) {
    stop();
    await pool.close();
    if (error instanceof TypeError) throw error;
    const why = codeOf(error) ?? (error instanceof Error ? error.message : 'unknown');
    throw new Error(`sources.${name}: ${place.host} cannot be used (${why}). Check where it is, and its user.`, {
      cause: error,
    });
  }
  return {
    take: (signal) => pool.take(signal),
    run: (lease, statement, limits, around, signal) => source.run(lease, statement, limits, around, signal),
    command: (lease, text) => source.command(lease, text),
    async close(): Promise<void> {
      stop();
      await pool.close();
    },
  };
}

interface Connecting {
  readonly connect: () => Promise<Client>;
  readonly watch: (listener: () => void) => () => void;
}

/** INVARIANT: each new connection asks for the present password; none is kept beside the vault. */
async function createConnect(
  place: PostgresPlace,
  access: 'read' | 'write',
  { secrets }: CapabilityRuntime,
): Promise<Connecting> {
  const secret = place.password === undefined ? undefined : secrets.get(place.password);
  const password = secret === undefined ? undefined : async () => secrets.reveal(secret);
  const times = { statementMs: STATEMENT_MS, lockMs: LOCK_MS, connectMs: CONNECT_MS };
  const create = await createDriver(place, times, access, password);
  const connect = async (): Promise<Client> => {
    for (const waitMs of AGAIN_MS) {
      try {
        return await connectOnce(create);
      } catch (error) {
        // The password may have been changed in the database, and the vault has yet to hear of it, or has just now.
        if (secret === undefined || codeOf(error) !== '28P01') throw error;
        await secrets.rotate(secret.name);
        await pause(waitMs);
      }
    }
    return connectOnce(create);
  };
  return {
    connect,
    watch: (listener) => (secret === undefined ? () => undefined : secrets.watch(secret.name, listener)),
  };
}

async function connectOnce(create: CreateClient): Promise<Client> {
  const client = create();
  await client.connect();
  return client;
}

class Source {
  readonly #pool: PostgresPool;
  readonly #connect: () => Promise<Client>;
  readonly #access: 'read' | 'write';
  readonly #log: (line: string) => void;
  readonly #allowed = new Set<string>();

  constructor(
    pool: PostgresPool,
    connect: () => Promise<Client>,
    access: 'read' | 'write',
    log: (line: string) => void,
  ) {
    this.#pool = pool;
    this.#connect = connect;
    this.#access = access;
    this.#log = log;
  }

  async role(): Promise<ReturnType<typeof readRole>> {
    const lease = await this.#pool.take(NEVER);
    try {
      const { rows } = await this.#own(lease, ROLE_QUERY, []);
      return readRole(rows[0]);
    } finally {
      lease.release(false);
    }
  }

  async run(
    lease: Lease,
    statement: Statement,
    limits: SqlLimits,
    around: Around,
    signal: AbortSignal,
  ): Promise<PostgresResult> {
    await this.#allow(lease, statement.text);
    return this.#send(lease, new PostgresStatement(statement, limits, around), limits.ms, signal);
  }

  async command(lease: Lease, text: string): Promise<void> {
    await this.#own(lease, text, []);
  }

  /** @throws SqlError `denied` for a text that is more than the reading or changing of rows. */
  async #allow(lease: Lease, text: string): Promise<void> {
    if (this.#allowed.has(text)) return;
    const { called } = readText(text, this.#access);
    if (called.length > 0) {
      const question = riskyFunctions(called, this.#access);
      const { rows } = await this.#own(lease, question.text, question.values);
      if (rows.length > 0) {
        this.#log(`a statement calls ${rows.map(({ name }) => String(name)).join(', ')}, which it may not`);
        throw new SqlError('denied');
      }
    }
    if (this.#allowed.size >= MOST_TEXTS) this.#allowed.clear();
    this.#allowed.add(text);
  }

  #own(lease: Lease, text: string, values: readonly string[]): Promise<PostgresResult> {
    return this.#send(lease, new PostgresStatement({ text, values }, OWN), OWN.ms, NEVER);
  }

  async #send(lease: Lease, statement: PostgresStatement, ms: number, signal: AbortSignal): Promise<PostgresResult> {
    if (signal.aborted) throw new SqlError('cancelled');
    const { client } = lease;
    let stopped: 'cancelled' | 'timeout' | undefined;
    let cut: NodeJS.Timeout | undefined;
    let cancelling: Promise<void> | undefined;
    const stop = (why: 'cancelled' | 'timeout') => (): void => {
      if (stopped !== undefined) return;
      stopped = why;
      cut = setTimeout(() => destroy(client), GRACE_MS);
      cancelling = this.#cancel(client, statement);
    };
    const cancel = stop('cancelled');
    const timer = setTimeout(stop('timeout'), ms + LATE_MS);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      client.query(statement);
      return await statement.done;
    } catch (error) {
      if (stopped !== undefined && !(error instanceof SqlError)) throw new SqlError(stopped);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      // The connection is nobody else's before the cancellation has come to its end, or it would hit the next statement.
      await cancelling;
      clearTimeout(cut);
    }
  }

  /** Over a connection of its own, because the protocol's cancel request goes unencrypted. */
  async #cancel(client: Client, statement: PostgresStatement): Promise<void> {
    const { processID }: { readonly processID?: unknown } = client as object;
    const over = statement.done.then(
      () => true,
      () => true,
    );
    try {
      const other = await this.#connect();
      try {
        // Again until it is over: the server can miss one.
        for (const until = Date.now() + GRACE_MS; Date.now() < until; ) {
          await other.query('select pg_catalog.pg_cancel_backend($1::int)', [Number(processID)]);
          if (await Promise.race([over, pause(MISSED_MS, false)])) break;
        }
      } finally {
        await other.end();
      }
    } catch {
      destroy(client);
    }
  }
}

function destroy(client: Client): void {
  client.connection.stream.destroy();
}
