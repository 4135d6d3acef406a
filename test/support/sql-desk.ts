import type { Capability, CapabilityRuntime, PostgresSource } from '../../src/capabilities/capability.ts';
import type { SqlReader, SqlWriter } from '../../src/capabilities/sql/access.ts';
import { sql } from '../../src/index.ts';
import type { Secret, SecretVault } from '../../src/secrets/secret.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { createCall, createRuntime, type TestCall } from './runtime.ts';

const SCHEMA = `
  create role reader login password 'r1';
  create role writer login password 'w1';
  create table notes (id bigint generated always as identity primary key, owner text not null, title text unique,
    body text, done boolean, data bytea, big numeric, tags jsonb);
  create sequence counter;
  create function touch() returns int language plpgsql as $$ begin insert into notes (owner) values ('touched'); return 1; end $$;
  create function safe(a int) returns int language sql immutable as 'select a + 1';
  create extension dblink;
  grant select on notes to reader;
  grant select, insert, update, delete on notes to writer;
  grant usage on sequence counter to writer, reader; grant create on schema public to writer;
  insert into notes (owner, title, body) values ('ann', 't1', '50% off'), ('bob', 't2', 'secret of bob');`;

/** A vault of passwords that a test changes; `changed` tells of it. */
function createPasswords(values: Map<string, string>): SecretVault & { readonly changed: (name: string) => void } {
  const listeners = new Map<string, Set<() => void>>();
  const reveals = new Map<string, string>(values);
  const get = (name: string): Secret => ({
    name,
    hmac: () => Promise.reject(new Error('not asked for')),
    verify: () => Promise.resolve(false),
    toString: () => '[secret]',
    toJSON: () => '[secret]',
  });
  const changed = (name: string): void => {
    reveals.set(name, values.get(name) ?? '');
    for (const listener of listeners.get(name) ?? []) listener();
  };
  return {
    ...createRuntime().secrets,
    names: [...values.keys()],
    get,
    reveal: ({ name }) => Promise.resolve(reveals.get(name) ?? ''),
    watch(name, listener) {
      const own = listeners.get(name) ?? new Set();
      listeners.set(name, own.add(listener));
      return () => own.delete(listener);
    },
    rotate(name) {
      const isNew = reveals.get(name) !== values.get(name);
      if (isNew) changed(name);
      return Promise.resolve(isNew);
    },
    changed,
  };
}

/** Gives what one call of ann's is handed. */
export type Grant<T> = (call?: TestCall) => T;

/** A database with notes of two people, and roles that read it and change it. */
export interface Desk {
  readonly server: TestPostgres;
  /** Lines of the operator's log. */
  readonly lines: string[];
  /** Passwords as the vault will have them, by role. */
  readonly passwords: Map<string, string>;
  readonly vault: ReturnType<typeof createPasswords>;
  /** Reads at most 50 rows and 100,000 characters. */
  readonly grantReader: Grant<SqlReader>;
  readonly grantWriter: Grant<SqlWriter>;
  runtimeOf(user: string, more?: Partial<CapabilityRuntime>, place?: object): CapabilityRuntime;
  open<T>(capability: Capability<T>, runtime: CapabilityRuntime): Promise<Grant<T>>;
  stop(): Promise<void>;
}

/** Starts it. */
export async function startDesk(): Promise<Desk> {
  const server = await startPostgres();
  await server.sql(SCHEMA);
  const lines: string[] = [];
  const passwords = new Map([
    ['reader', 'r1'],
    ['writer', 'w1'],
    ['super', 'super'],
  ]);
  const vault = createPasswords(passwords);
  const closers: (() => Promise<void>)[] = [];
  const runtimeOf: Desk['runtimeOf'] = (user, more = {}, place = {}) => {
    const postgres = { socket: server.socket, port: server.port, database: 'postgres', user, password: user, ...place };
    return createRuntime({
      sources: { desk: { postgres } satisfies PostgresSource },
      secrets: vault,
      log: (line) => void lines.push(line),
      ...more,
    });
  };
  const open: Desk['open'] = async (capability, runtime) => {
    const handle = await capability.open(runtime);
    closers.push(async () => handle.close());
    return (call = createCall('ann')) => handle.grant(call);
  };
  return {
    server,
    lines,
    passwords,
    vault,
    grantReader: await open(sql('desk', 'read', { maxRows: 50, maxBytes: 100_000 }), runtimeOf('reader')),
    grantWriter: await open(sql('desk', 'write'), runtimeOf('writer')),
    runtimeOf,
    open,
    async stop(): Promise<void> {
      for (const close of closers) await close();
      await server.stop();
    },
  };
}
