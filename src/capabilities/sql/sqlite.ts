import type { Life } from '../life.ts';
import type { Part, SqlReader, SqlRow, SqlTransaction, SqlWriter, First } from './access.ts';
import type { SqlConnection } from './connection.ts';
import { SqlError } from './error.ts';
import type { OpenSource } from './source.ts';
import { begin, type SqlStep, type Step } from './transaction.ts';

// The type of a row is the author's word for it; the output schema checks what leaves the tool.
/** The reader of an SQLite source. */
export function createSqliteReader(connection: SqlConnection): SqlReader {
  return Object.freeze({
    all: async <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) =>
      connection.all(strings, values) as Row[],
    get: async <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) =>
      connection.get(strings, values) as First<Row>,
  });
}

/** The writer of an SQLite source. A transaction runs in one go: nothing else can come between its statements. */
export function createSqliteWriter(opened: OpenSource, connection: SqlConnection): SqlWriter {
  let inside = false;
  const perform = ({ kind, strings, values }: SqlStep): unknown => {
    if (kind === 'all') return connection.all(strings, values);
    return kind === 'get' ? connection.get(strings, values) : connection.change(strings, values);
  };
  return Object.freeze({
    ...createSqliteReader(connection),
    run: async (strings: TemplateStringsArray, ...values: readonly Part[]) => connection.change(strings, values),
    async transaction<T>(work: (tx: SqlTransaction) => Step<T>): Promise<T> {
      if (inside) throw new TypeError('A transaction is under way on this connection. Put both into one.');
      take(opened);
      inside = true;
      try {
        const result = drive(work, perform);
        opened.control('commit');
        return result;
      } catch (error) {
        if (opened.write.isOpen && opened.write.isTransaction) opened.control('rollback');
        throw error;
      } finally {
        inside = false;
      }
    },
  });
}

/** What one call gets of a writer: it changes nothing once the call is over. */
export function limitToCall(writer: SqlWriter, life: Life): SqlWriter {
  const end = (): void => {
    if (life.over) throw new SqlError('cancelled');
  };
  return Object.freeze({
    all: async <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) => {
      end();
      return writer.all<Row>(strings, ...values);
    },
    get: async <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) => {
      end();
      return writer.get<Row>(strings, ...values);
    },
    run: async (strings: TemplateStringsArray, ...values: readonly Part[]) => {
      end();
      return writer.run(strings, ...values);
    },
    transaction: async <T>(work: (tx: SqlTransaction) => Step<T>) => {
      end();
      return writer.transaction(work);
    },
  });
}

function drive<T>(work: (tx: SqlTransaction) => Step<T>, perform: (step: SqlStep) => unknown): T {
  const course = begin(work);
  for (let step = course.next(undefined); step !== undefined; ) {
    let result: unknown;
    try {
      result = perform(step);
    } catch (error) {
      course.fail(error);
    }
    step = course.next(result);
  }
  return course.result();
}

function take(opened: OpenSource): void {
  try {
    opened.control('begin immediate');
  } catch {
    throw new SqlError(opened.write.isOpen ? 'busy' : 'closed');
  }
}
