import { resolve } from 'node:path';
import { configure } from '../../controls/parameterised-queries/control.ts';
import { neutralise } from '../../text/neutralise.ts';
import { type Duration, toMilliseconds } from '../../text/duration.ts';
import type { MaybePromise } from '../../pipeline/decision.ts';
import type {
  Capability,
  CapabilityHandle,
  CapabilityPlaces,
  CapabilityRuntime,
  SourceOptions,
  SystemNeeds,
} from '../capability.ts';
import { lifeOf } from '../life.ts';
import type { SqlLimits, SqlReader, SqlWriter } from './access.ts';
import { SqlConnection } from './connection.ts';
import { createPostgresReader, createPostgresWriter } from './postgres/engine.ts';
import { openPostgres } from './postgres/source.ts';
import { remoteSql } from './remote.ts';
import { openSource } from './source.ts';
import { createSqliteReader, createSqliteWriter, limitToCall } from './sqlite.ts';

/** Bounds of one statement: 10,000 rows, 16 Mi of text and blobs, and 5 seconds when absent. */
export interface SqlOptions {
  readonly maxRows?: number;
  readonly maxBytes?: number;
  /** Of a statement, and of a whole transaction. SQLite can stop a statement between two rows only. */
  readonly timeout?: Duration;
}

const OPTIONS = new Set(['maxRows', 'maxBytes', 'timeout']);

/** Declares the reading of a database that the deployment names. */
export function sql(source: string, access: 'read', options?: SqlOptions): Capability<SqlReader>;
/** Declares the reading and changing of a database that the deployment names. */
export function sql(source: string, access: 'write', options?: SqlOptions): Capability<SqlWriter>;
export function sql(
  source: string,
  access: 'read' | 'write',
  options?: SqlOptions,
): Capability<SqlReader> | Capability<SqlWriter> {
  if (typeof source !== 'string' || !/^[\w-]{1,64}$/.test(source)) {
    throw new TypeError('sql() takes the name of a source: 1 to 64 letters, digits, "_" and "-".');
  }
  if (access !== 'read' && access !== 'write') throw new TypeError(`sql("${source}", ...) needs "read" or "write".`);
  const limits = limitsOf(options ?? {});
  const declares = Object.freeze({ source, access });
  return access === 'read'
    ? Object.freeze({
        kind: 'sql',
        declares,
        remote: remoteSql<SqlReader>('read'),
        system: (places: CapabilityPlaces) => systemOf(source, places),
        open: (runtime: CapabilityRuntime) => openReader(source, limits, runtime),
      })
    : Object.freeze({
        kind: 'sql',
        declares,
        remote: remoteSql<SqlWriter>('write'),
        system: (places: CapabilityPlaces) => systemOf(source, places),
        open: (runtime: CapabilityRuntime) => openWriter(source, limits, runtime),
      });
}

/** SQLite writes beside its file also to read; a database in memory touches nothing. */
function systemOf(name: string, { sources }: CapabilityPlaces): SystemNeeds {
  const options = Object.hasOwn(sources, name) ? sources[name] : undefined;
  const nothing: SystemNeeds = { reads: [], writes: [], programs: [], hosts: [] };
  if (options === undefined) return nothing;
  if ('postgres' in options) {
    const { host = '127.0.0.1', port = 5432, socket } = options.postgres;
    return socket === undefined
      ? { ...nothing, hosts: [`${host}:${port}`] }
      : { ...nothing, writes: [`${socket}/.s.PGSQL.${port}`] };
  }
  if (options.file === ':memory:') return nothing;
  const file = resolve(options.file);
  return { ...nothing, writes: [file, `${file}-wal`, `${file}-shm`, `${file}-journal`] };
}

function limitsOf(options: SqlOptions): SqlLimits {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw new TypeError(`sql() has no option "${name}". It has maxRows, maxBytes and timeout.`);
  }
  const { maxRows = 10_000, maxBytes = 16 * 1024 * 1024, timeout = 5000 } = options;
  for (const [name, value] of Object.entries({ maxRows, maxBytes })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`"${name}" must be a whole number from 1.`);
  }
  return Object.freeze({ rows: maxRows, bytes: maxBytes, ms: toMilliseconds(timeout, 'sql(), timeout') });
}

function optionsOf(name: string, { sources }: CapabilityRuntime): SourceOptions {
  const options = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (options !== undefined) return options;
  const names = Object.keys(sources).join(', ') || 'none';
  throw new TypeError(`The deployment has no source ${JSON.stringify(name)}. Declared under "sources": ${names}.`);
}

function logOf(name: string, runtime: CapabilityRuntime): (line: string) => void {
  return (line) => runtime.log(`sql ${name}: ${neutralise(line.slice(0, 300))}`);
}

function openReader(
  name: string,
  limits: SqlLimits,
  runtime: CapabilityRuntime,
): MaybePromise<CapabilityHandle<SqlReader>> {
  const options = optionsOf(name, runtime);
  const [parameterise, log] = [configure(runtime.weakened), logOf(name, runtime)];
  if ('postgres' in options) {
    return openPostgres(name, options, 'read', runtime).then((opened) => {
      const parts = { opened, limits, parameterise, log };
      return { grant: (context) => createPostgresReader(parts, context), close: once(() => opened.close()) };
    });
  }
  const opened = openSource(name, options, runtime);
  // Nothing in it belongs to one call, so all calls share it.
  const granted = createSqliteReader(new SqlConnection(opened.read, limits, parameterise, log));
  return { grant: () => granted, close: once(() => opened.release()) };
}

function openWriter(
  name: string,
  limits: SqlLimits,
  runtime: CapabilityRuntime,
): MaybePromise<CapabilityHandle<SqlWriter>> {
  const options = optionsOf(name, runtime);
  const [parameterise, log] = [configure(runtime.weakened), logOf(name, runtime)];
  if ('postgres' in options) {
    return openPostgres(name, options, 'write', runtime).then((opened) => {
      const parts = { opened, limits, parameterise, log };
      return { grant: (context) => createPostgresWriter(parts, context), close: once(() => opened.close()) };
    });
  }
  const opened = openSource(name, options, runtime);
  const granted = createSqliteWriter(opened, new SqlConnection(opened.write, limits, parameterise, log));
  return {
    grant: (context) => limitToCall(granted, lifeOf(context)),
    close: once(() => opened.release()),
  };
}

function once(close: () => MaybePromise<void>): () => MaybePromise<void> {
  let closed = false;
  return () => {
    if (closed) return undefined;
    closed = true;
    return close();
  };
}
