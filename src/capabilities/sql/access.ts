import type { SqlFragment, SqlValue } from './fragment.ts';
import type { Step } from './transaction.ts';

/** A row: its columns by name. PostgreSQL gives booleans; whole numbers outside of the safe range come as bigint. */
export type SqlRow = Readonly<Record<string, string | number | bigint | boolean | null | Uint8Array>>;

/** What a change did. */
export interface SqlChange {
  /** Rows changed. */
  readonly changes: number;
  /** The rowid of the last insertion (SQLite); PostgreSQL has none: ask for it with `returning`, by `get`. */
  readonly lastId: number | bigint | undefined;
}

/** Bounds of one statement. */
export interface SqlLimits {
  readonly rows: number;
  /** Characters of text and bytes of blobs, together. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly ms: number;
}

/** What may stand between the texts of a template. */
export type Part = SqlValue | SqlFragment;

/** The first row of an answer, if there is one. */
export type First<Row> = Row | undefined;

/** Reads rows by tagged templates; every interpolation is a bound parameter. */
export interface SqlReader {
  /** All rows; rejects with `SqlError` when they are more than the limit. */
  all<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]): Promise<Row[]>;
  /** The first row, or undefined. */
  get<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]): Promise<First<Row>>;
}

/** Reads and changes rows. */
export interface SqlWriter extends SqlReader {
  /** Inserts, updates or deletes; resolves when the change is on stable storage. */
  run(strings: TemplateStringsArray, ...values: readonly Part[]): Promise<SqlChange>;
  /**
   * Does all of `work` or nothing of it, on one connection. `work` is a generator, because a transaction may wait for its
   * own statements and for nothing else: `db.transaction(function* (tx) { const row = yield* tx.get`...`; ... })`. A
   * statement that fails ends it.
   */
  transaction<T>(work: (tx: SqlTransaction) => Step<T>): Promise<T>;
}

/** The statements of a transaction; each is run by `yield*`. */
export interface SqlTransaction {
  all<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]): Step<Row[]>;
  get<Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]): Step<First<Row>>;
  run(strings: TemplateStringsArray, ...values: readonly Part[]): Step<SqlChange>;
}
