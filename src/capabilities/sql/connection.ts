import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Parameterise } from '../../controls/parameterised-queries/control.ts';
import { reasonOf, SqlError } from './error.ts';
import type { Part, SqlChange, SqlLimits, SqlRow } from './access.ts';
import { checkTemplate, SqlFragment } from './fragment.ts';
import { compileTemplate } from './template.ts';

interface Prepared {
  readonly statement: StatementSync;
  /** For each value of the template the text of its fragment, or undefined for a plain value. */
  readonly shape: readonly (readonly string[] | undefined)[];
}

const MAX_TEXTS = 256;

/** Runs templates on one connection, each prepared once. */
export class SqlConnection {
  readonly #database: DatabaseSync;
  readonly #limits: SqlLimits;
  readonly #log: (line: string) => void;
  readonly #parameterise: Parameterise;
  readonly #byTemplate = new WeakMap<readonly string[], Prepared>();
  readonly #byText = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, limits: SqlLimits, parameterise: Parameterise, log: (line: string) => void) {
    this.#database = database;
    this.#parameterise = parameterise;
    this.#limits = limits;
    this.#log = log;
  }

  all(strings: TemplateStringsArray, values: readonly Part[]): SqlRow[] {
    return this.#run(strings, values, (statement, bound) => this.#collect(statement, bound));
  }

  get(strings: TemplateStringsArray, values: readonly Part[]): SqlRow | undefined {
    return this.#run(strings, values, (statement, bound) => {
      const row = statement.get(...bound) as SqlRow | undefined;
      if (row !== undefined && sizeOf(row) > this.#limits.bytes) throw new SqlError('too-large');
      return row;
    });
  }

  change(strings: TemplateStringsArray, values: readonly Part[]): SqlChange {
    return this.#run(strings, values, (statement, bound) => {
      const { changes, lastInsertRowid } = statement.run(...bound);
      return { changes: Number(changes), lastId: lastInsertRowid };
    });
  }

  #collect(statement: StatementSync, bound: readonly Bound[]): SqlRow[] {
    const rows: SqlRow[] = [];
    const deadline = performance.now() + this.#limits.ms;
    let bytes = 0;
    // Leaving the loop early resets the statement.
    for (const found of statement.iterate(...bound)) {
      const row = found as SqlRow;
      bytes += sizeOf(row);
      if (rows.length >= this.#limits.rows || bytes > this.#limits.bytes) throw new SqlError('too-large');
      // Between two rows is the one place where SQLite lets go of the thread.
      if (performance.now() > deadline) throw new SqlError('timeout');
      rows.push(row);
    }
    return rows;
  }

  #run<T>(
    strings: TemplateStringsArray,
    values: readonly Part[],
    work: (statement: StatementSync, bound: readonly Bound[]) => T,
  ): T {
    checkTemplate(strings, values);
    if (!this.#database.isOpen) throw new SqlError('closed');
    const known = this.#byTemplate.get(strings);
    const plain = known === undefined ? undefined : plainValues(known.shape, values);
    try {
      if (known !== undefined && plain !== undefined) return work(known.statement, plain.map(bind));
      const { text, values: all } = compileTemplate(strings, values, 'sqlite', this.#parameterise);
      const bound = all.map(bind);
      const statement = this.#prepare(text);
      // What has values and no placeholder holds them in its text.
      const shape = all.length === 0 && values.length > 0 ? undefined : shapeOf(values);
      if (shape !== undefined) this.#byTemplate.set(strings, { statement, shape });
      return work(statement, bound);
    } catch (error) {
      throw this.#wrap(error);
    }
  }

  #prepare(text: string): StatementSync {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    if (this.#byText.size >= MAX_TEXTS) this.#byText.clear();
    this.#byText.set(text, statement);
    return statement;
  }

  #wrap(error: unknown): unknown {
    if (error instanceof SqlError || (error instanceof TypeError && !('code' in error))) return error;
    this.#log(error instanceof Error ? error.message : 'unknown error');
    return new SqlError(reasonOf(error));
  }
}

/** The text of each fragment among the values; undefined when one is nested, which is not worth remembering. */
function shapeOf(values: readonly Part[]): Prepared['shape'] | undefined {
  if (values.some((value) => SqlFragment.is(value) && !value.flat)) return undefined;
  return values.map((value) => (SqlFragment.is(value) ? value.strings : undefined));
}

/** The values in the order of their placeholders; undefined when the fragments are not those of the shape. */
function plainValues(shape: Prepared['shape'], values: readonly Part[]): readonly unknown[] | undefined {
  const plain: unknown[] = [];
  for (const [index, value] of values.entries()) {
    if (SqlFragment.is(value)) {
      if (value.strings !== shape[index] || !value.flat) return undefined;
      plain.push(...value.values);
    } else if (shape[index] !== undefined) return undefined;
    else plain.push(value);
  }
  return plain;
}

type Bound = string | number | bigint | null | Uint8Array;

/** @throws TypeError for a value that SQLite would take for something else: undefined and NaN would become null. */
function bind(value: unknown, index: number): Bound {
  if (typeof value === 'string' || typeof value === 'bigint' || value === null) return value;
  // A whole number must stay one: SQLite takes a JavaScript number for a real.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(
    `Value ${index + 1} of the SQL template is ${value === undefined ? 'undefined' : `a ${typeof value}`}. ` +
      'Bind a string, a finite number, a bigint, a boolean, null or a Uint8Array; lists with list(...).',
  );
}

function sizeOf(row: SqlRow): number {
  let size = 0;
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'string') size += value.length;
    else if (value instanceof Uint8Array) size += value.byteLength;
    else size += 8;
  }
  return size;
}
