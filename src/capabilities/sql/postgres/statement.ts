import type { Connection, Submittable } from 'pg';
import type { Statement } from '../../../controls/parameterised-queries/control.ts';
import type { SqlLimits, SqlRow } from '../access.ts';
import { SqlError } from '../error.ts';
import { parseValue, toWire } from './values.ts';

/** What one statement came to. */
export interface PostgresResult {
  readonly rows: SqlRow[];
  /** Rows that were changed, or given. */
  readonly count: number;
}

/** The messages of the protocol that a statement sends; the driver's own types leave most of them out. */
interface Wire {
  readonly stream: Connection['stream'];
  parse(message: { readonly text: string; readonly name: string }): void;
  bind(message: {
    readonly values: readonly (string | Buffer | null)[];
    readonly valueMapper: (value: unknown) => unknown;
  }): void;
  describe(message: { readonly type: 'P'; readonly name: string }): void;
  execute(message: { readonly portal: string; readonly rows: number }): void;
  sync(): void;
  sendCopyFail(why: string): void;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** How a statement is surrounded, in the one message in which it goes. */
export interface Around {
  /** Runs before it, such as `BEGIN READ ONLY`. */
  readonly before?: readonly string[];
  /** Runs after it when it succeeds. */
  readonly after?: string;
  /** Only the first row is wanted. */
  readonly first?: boolean;
}

/** Bytes on the wire beside those that are counted: lengths, names, the hexadecimal form of bytes. */
const MOST_VALUES = 65_535;
const MOST_UNITS = 64 * 1024 * 1024;
const SLACK = 256 * 1024;

/**
 * One statement by the extended protocol, which takes one and no more, with its values apart (PostgreSQL 15, 55.2.3). Rows
 * and bytes are counted as they come; what is above its limit is never held.
 */
export class PostgresStatement implements Submittable {
  readonly done: Promise<PostgresResult>;
  readonly #statement: Statement;
  readonly #limits: SqlLimits;
  readonly #around: Around;
  readonly #values: readonly (string | Buffer | null)[];
  readonly #rows: SqlRow[] = [];
  #fields: readonly Field[] = [];
  #bytes = 0;
  #count = 0;
  #problem: unknown;
  #stopCounting = (): void => undefined;
  #settle: { readonly resolve: (result: PostgresResult) => void; readonly reject: (error: unknown) => void };

  constructor(statement: Statement, limits: SqlLimits, around: Around = {}) {
    const { promise, ...settle } = Promise.withResolvers<PostgresResult>();
    this.done = promise;
    this.#settle = settle;
    this.#statement = statement;
    this.#limits = limits;
    this.#around = around;
    this.#values = statement.values.map(toWire);
    const size = this.#values.reduce((sum, value) => sum + (value?.length ?? 0), statement.text.length);
    // INVARIANT: counts and lengths go in 16 and 32 bits; one that wraps around would make data into messages.
    if (this.#values.length > MOST_VALUES || size > MOST_UNITS) throw new SqlError('too-large');
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    this.#countBytes(wire);
    wire.stream.cork();
    for (const text of this.#around.before ?? []) send(wire, text, [], 0);
    send(wire, this.#statement.text, this.#values, this.#around.first === true ? 1 : this.#limits.rows + 1);
    if (this.#around.after !== undefined) send(wire, this.#around.after, [], 0);
    wire.sync();
    wire.stream.uncork();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields;
  }

  handleDataRow({ fields: texts }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#problem !== undefined) return;
    this.#bytes += texts.reduce((sum, text) => sum + (text?.length ?? 8), 0);
    if (this.#rows.length >= this.#limits.rows || this.#bytes > this.#limits.bytes) {
      this.#problem = new SqlError('too-large');
      this.#rows.length = 0;
      return;
    }
    const row = Object.create(null) as Record<string, SqlRow[string]>;
    for (const [index, { name, dataTypeID }] of this.#fields.entries())
      row[name] = parseValue(dataTypeID, texts[index] ?? null);
    this.#rows.push(row);
  }

  handlePortalSuspended(): void {
    if (this.#around.first !== true) this.#problem ??= new SqlError('too-large');
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [command = '', ...counts] = text.split(' ');
    if (command === 'BEGIN' || command === 'COMMIT' || command === 'SET' || command === this.#statement.text) return;
    // A transaction that has failed answers COMMIT like this.
    if (command === 'ROLLBACK') this.#problem ??= new SqlError('failed');
    else this.#count = Number(counts.at(-1) ?? 0) || 0;
  }

  handleEmptyQuery(): void {
    this.#problem ??= new SqlError('failed');
  }

  handleCopyInResponse(connection: Connection): void {
    (connection as unknown as Wire).sendCopyFail('refused');
  }

  handleCopyData(): void {
    this.#problem ??= new SqlError('denied');
  }

  handleError(error: unknown, connection: Connection): void {
    this.#problem ??= error;
    // After its error the server still says that it is ready; a connection that broke says nothing any more.
    const says = typeof error === 'object' && error !== null && 'severity' in error && error.severity === 'ERROR';
    if (!says) return this.handleReadyForQuery();
    const settle = (): void => {
      // INVARIANT: a connection lives through any number of errors, and keeps nothing of a statement.
      connection.off('readyForQuery', settle);
      connection.off('end', settle);
      this.handleReadyForQuery();
    };
    connection.once('readyForQuery', settle);
    connection.once('end', settle);
  }

  handleReadyForQuery(): void {
    this.#stopCounting();
    if (this.#problem === undefined) this.#settle.resolve({ rows: this.#rows, count: this.#count });
    else this.#settle.reject(this.#problem);
  }

  /** INVARIANT: one row may be larger than all memory; the connection is cut before the driver has put it together. */
  #countBytes({ stream }: Wire): void {
    const most = 2 * this.#limits.bytes + SLACK + 512 * this.#limits.rows;
    let read = 0;
    const count = (chunk: Buffer): void => {
      read += chunk.length;
      if (read <= most) return;
      this.#problem ??= new SqlError('too-large');
      stream.destroy();
    };
    stream.on('data', count);
    this.#stopCounting = () => stream.off('data', count);
  }
}

function send(wire: Wire, text: string, values: readonly (string | Buffer | null)[], rows: number): void {
  wire.parse({ text, name: '' });
  wire.bind({ values, valueMapper: (value) => value });
  if (rows > 0) wire.describe({ type: 'P', name: '' });
  wire.execute({ portal: '', rows });
}
