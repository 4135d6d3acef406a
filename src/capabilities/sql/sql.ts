import type { Capability, CapabilityHandle, CapabilityRuntime } from '../capability.ts';
import { neutralise } from '../../text/neutralise.ts';
import { type SqlChange, SqlConnection, type SqlLimits, type SqlRow } from './connection.ts';
import { SqlError } from './error.ts';
import type { SqlFragment, SqlValue } from './fragment.ts';
import { type OpenSource, openSource } from './source.ts';

/** The first row of an answer, if there is one. */
export type First<Row> = Row | undefined;

/** Reads rows by tagged templates; every interpolation is a bound parameter. */
export interface SqlReader {
  /** All rows; rejects with `SqlError` when they are more than the limit. */
  all<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): Promise<Row[]>;
  /** The first row, or undefined. */
  get<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): Promise<First<Row>>;
}

/** Reads and changes rows. */
export interface SqlWriter extends SqlReader {
  /** Inserts, updates or deletes; resolves when the change is on stable storage. */
  run(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): Promise<SqlChange>;
  /**
   * Does all of `work` or nothing of it. `work` must not wait for anything, because the connection is held meanwhile: a
   * promise that it returns rolls back.
   */
  transaction<T>(work: (tx: SqlTransaction) => T): Promise<T>;
}

/** The same inside of a transaction, answering at once. */
export interface SqlTransaction {
  all<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): Row[];
  get<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): First<Row>;
  run(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): SqlChange;
}

/** Bounds of what one statement gives: 10,000 rows and 16 Mi of text and blobs when absent. */
export interface SqlOptions {
  readonly maxRows?: number;
  readonly maxBytes?: number;
}

const OPTIONS = new Set(['maxRows', 'maxBytes']);

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
  if (access === 'read') {
    return Object.freeze({
      kind: 'sql',
      declares,
      open: (runtime: CapabilityRuntime) =>
        handle(source, runtime, (opened, log) => createReader(new SqlConnection(opened.read, limits, log))),
    });
  }
  return Object.freeze({
    kind: 'sql',
    declares,
    open: (runtime: CapabilityRuntime) =>
      handle(source, runtime, (opened, log) => createWriter(opened, new SqlConnection(opened.write, limits, log))),
  });
}

function limitsOf(options: SqlOptions): SqlLimits {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw new TypeError(`sql() has no option "${name}". It has maxRows and maxBytes.`);
  }
  const { maxRows = 10_000, maxBytes = 16 * 1024 * 1024 } = options;
  for (const [name, value] of Object.entries({ maxRows, maxBytes })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`"${name}" must be a whole number from 1.`);
  }
  return Object.freeze({ rows: maxRows, bytes: maxBytes });
}

function handle<T>(
  name: string,
  runtime: CapabilityRuntime,
  create: (opened: OpenSource, log: (line: string) => void) => T,
): CapabilityHandle<T> {
  const opened = openSource(name, runtime);
  const granted = create(opened, (line) => runtime.log(`sql ${name}: ${neutralise(line.slice(0, 300))}`));
  let closed = false;
  return {
    // Nothing in it belongs to one call, so all calls share it.
    grant: () => granted,
    close() {
      if (closed) return;
      closed = true;
      opened.release();
    },
  };
}

// The type of a row is the author's word for it; the output schema checks what leaves the tool.
function createReader(connection: SqlConnection): SqlReader {
  return Object.freeze({
    all: async <Row>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]) =>
      connection.all(strings, values) as Row[],
    get: async <Row>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]) =>
      connection.get(strings, values) as First<Row>,
  });
}

function createWriter(opened: OpenSource, connection: SqlConnection): SqlWriter {
  let inside = false;
  return Object.freeze({
    ...createReader(connection),
    run: async (strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]) =>
      connection.change(strings, values),
    async transaction<T>(work: (tx: SqlTransaction) => T): Promise<T> {
      if (inside) throw new TypeError('A transaction is under way on this connection. Put both into one.');
      begin(opened);
      inside = true;
      const scope = { open: true };
      try {
        const result = work(createTransaction(connection, scope));
        if (isThenable(result)) {
          // Its rejection is nobody's to handle any more.
          Promise.resolve(result).catch(() => undefined);
          throw new TypeError('A transaction may not wait: its function must not be async.');
        }
        opened.control('commit');
        return result;
      } catch (error) {
        if (opened.write.isOpen && opened.write.isTransaction) opened.control('rollback');
        throw error;
      } finally {
        scope.open = false;
        inside = false;
      }
    },
  });
}

function begin(opened: OpenSource): void {
  try {
    opened.control('begin immediate');
  } catch {
    throw new SqlError(opened.write.isOpen ? 'busy' : 'closed');
  }
}

function createTransaction(connection: SqlConnection, scope: { readonly open: boolean }): SqlTransaction {
  const check = (): void => {
    if (!scope.open) throw new TypeError('The transaction is over.');
  };
  return Object.freeze({
    all<Row>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): Row[] {
      check();
      return connection.all(strings, values) as Row[];
    },
    get<Row>(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): First<Row> {
      check();
      return connection.get(strings, values) as First<Row>;
    },
    run(strings: TemplateStringsArray, ...values: readonly (SqlValue | SqlFragment)[]): SqlChange {
      check();
      return connection.change(strings, values);
    },
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
