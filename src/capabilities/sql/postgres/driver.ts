import type { Client, ClientConfig } from 'pg';
import type { PostgresPlace } from './options.ts';

/** Makes one connection of a source, not yet connected. */
export type CreateClient = () => Client;

/** Milliseconds that the server allows, and that a connection may take. */
export interface ServerTimes {
  readonly statementMs: number;
  readonly lockMs: number;
  readonly connectMs: number;
}

/**
 * Loads the driver, and gives what makes connections with it.
 * @throws Error with the line that installs the driver where it is absent.
 */
export async function createDriver(
  place: PostgresPlace,
  times: ServerTimes,
  access: 'read' | 'write',
  password: (() => Promise<string>) | undefined,
): Promise<CreateClient> {
  const Made = await importClient();
  const config: ClientConfig = {
    host: place.host,
    port: place.port,
    database: place.database,
    user: place.user,
    // INVARIANT: never absent, or the driver would look for one in the environment and in a file of the user's.
    password: password ?? '',
    ssl: place.tls,
    application_name: 'portcullis',
    connectionTimeoutMillis: times.connectMs,
    keepAlive: true,
    options: serverOptions(times, access),
  };
  return () => {
    const client = new Made(config);
    // A connection that breaks while nobody uses it must not end the process; its next use fails.
    client.on('error', () => undefined);
    return client;
  };
}

/** What each connection begins with. A statement of a handler cannot change any of it. */
function serverOptions({ statementMs, lockMs }: ServerTimes, access: 'read' | 'write'): string {
  const settings = {
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: 2 * statementMs,
    // Ends the work of a client that is gone.
    client_connection_check_interval: 1000,
    // A cancellation that arrives while a statement is being compiled is lost.
    jit: 'off',

    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    bytea_output: 'hex',
    datestyle: 'ISO',
    intervalstyle: 'iso_8601',
    extra_float_digits: 1,
    row_security: 'on',
    default_transaction_read_only: access === 'read' ? 'on' : 'off',
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

async function importClient(): Promise<typeof Client> {
  try {
    // The module is CommonJS: its names are members of the default export.
    return (await import('pg')).default.Client;
  } catch (cause) {
    throw new Error('A PostgreSQL source needs pg: npm install --save-exact pg@8.23.1', { cause });
  }
}
