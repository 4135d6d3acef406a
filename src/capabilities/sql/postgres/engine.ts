import type { Parameterise } from '../../../controls/parameterised-queries/control.ts';
import type { CapabilityContext } from '../../capability.ts';
import type { First, Part, SqlChange, SqlLimits, SqlReader, SqlRow, SqlTransaction, SqlWriter } from '../access.ts';
import { SqlError } from '../error.ts';
import { checkTemplate } from '../fragment.ts';
import { compileTemplate } from '../template.ts';
import { begin, type Kind, type SqlStep, type Step } from '../transaction.ts';
import { toSqlError } from './error.ts';
import type { Lease } from './pool.ts';
import { STATEMENT_MS, type OpenPostgres } from './source.ts';
import type { Around, PostgresResult } from './statement.ts';

/** What all calls of one capability share. */
export interface PostgresParts {
  readonly opened: OpenPostgres;
  readonly limits: SqlLimits;
  readonly parameterise: Parameterise;
  readonly log: (line: string) => void;
}

/** Runs the statements of one call. */
class Session {
  readonly #parts: PostgresParts;
  readonly #context: CapabilityContext;
  readonly #before: readonly string[];
  readonly #access: 'read' | 'write';
  readonly #ended: AbortController = new AbortController();
  #signal: AbortSignal | undefined;

  constructor(parts: PostgresParts, context: CapabilityContext, access: 'read' | 'write') {
    this.#parts = parts;
    this.#context = context;
    this.#access = access;
    // When it is granted, so that what the handler defers itself can use it still.
    context.defer(() => this.#ended.abort());
    const { ms } = parts.limits;
    this.#before = [
      access === 'read' ? 'BEGIN READ ONLY' : 'BEGIN',
      ...(ms === STATEMENT_MS ? [] : [`SET LOCAL statement_timeout = ${Math.ceil(ms)}`]),
    ];
  }

  /** One statement in a transaction of its own: read-only for a reader, undone for a writer whose answer is too large. */
  async one(kind: Kind, strings: TemplateStringsArray, values: readonly Part[]): Promise<PostgresResult> {
    checkTemplate(strings, values);
    return this.#leased(async (lease) => {
      const isRead = this.#access === 'read';
      const around: Around = { before: this.#before, first: kind === 'get', ...(isRead ? { after: 'COMMIT' } : {}) };
      const result = await this.#run(lease, strings, values, around);
      if (!isRead) await this.#parts.opened.command(lease, 'COMMIT');
      return result;
    });
  }

  transaction<T>(work: (tx: SqlTransaction) => Step<T>): Promise<T> {
    const ended = AbortSignal.timeout(this.#parts.limits.ms);
    return this.#leased(async (lease) => {
      const course = begin(work);
      try {
        await this.#parts.opened.command(lease, 'BEGIN');
        for (let step = course.next(undefined); step !== undefined; ) {
          let result: unknown;
          try {
            if (ended.aborted) throw new SqlError('timeout');
            result = await this.#step(lease, step);
          } catch (error) {
            course.fail(this.#told(error));
          }
          step = course.next(result);
        }
        await this.#parts.opened.command(lease, 'COMMIT');
        return course.result();
      } finally {
        course.abandon();
      }
    });
  }

  async #step(lease: Lease, { kind, strings, values }: SqlStep): Promise<unknown> {
    return shaped(kind, await this.#run(lease, strings, values, { first: kind === 'get' }));
  }

  #run(lease: Lease, strings: TemplateStringsArray, values: readonly Part[], around: Around) {
    const statement = compileTemplate(strings, values, 'postgres', this.#parts.parameterise);
    return this.#parts.opened.run(lease, statement, this.#parts.limits, around, this.#life());
  }

  async #leased<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    let lease: Lease;
    try {
      lease = await this.#parts.opened.take(this.#life());
    } catch (error) {
      throw this.#told(error);
    }
    try {
      const result = await work(lease);
      lease.release(false);
      return result;
    } catch (error) {
      // INVARIANT: no connection goes back with a transaction open.
      const undone = await this.#parts.opened.command(lease, 'ROLLBACK').then(
        () => true,
        () => false,
      );
      lease.release(!undone);
      throw this.#told(error);
    }
  }

  /** Ends with the call, by its answer too: nothing is changed for an outcome that has been told. */
  #life(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.#context.signal, this.#ended.signal]);
    return this.#signal;
  }

  #told(error: unknown): unknown {
    if (error instanceof SqlError || !(error instanceof Error) || !isDriver(error)) return error;
    this.#parts.log(error.message);
    return toSqlError(error);
  }
}

/** Errors of the driver, of the server and of sockets have a code or say that the connection is gone. */
function isDriver(error: Error): boolean {
  return !(error instanceof TypeError) && ('code' in error || /connection|timeout/i.test(error.message));
}

function shaped(kind: Kind, { rows, count }: PostgresResult): unknown {
  if (kind === 'all') return rows;
  return kind === 'get' ? rows[0] : ({ changes: count, lastId: undefined } satisfies SqlChange);
}

// The type of a row is the author's word for it; the output schema checks what leaves the tool.
/** What a handler reads a PostgreSQL source with, for one call. */
export function createPostgresReader(
  parts: PostgresParts,
  context: CapabilityContext,
  access: 'read' | 'write' = 'read',
): SqlReader {
  const session = new Session(parts, context, access);
  return Object.freeze({
    all: async <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) =>
      (await session.one('all', strings, values)).rows as Row[],
    get: async <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) =>
      (await session.one('get', strings, values)).rows[0] as First<Row>,
  });
}

/** What a handler changes a PostgreSQL source with, for one call. */
export function createPostgresWriter(parts: PostgresParts, context: CapabilityContext): SqlWriter {
  const session = new Session(parts, context, 'write');
  return Object.freeze({
    ...createPostgresReader(parts, context, 'write'),
    async run(strings: TemplateStringsArray, ...values: readonly Part[]): Promise<SqlChange> {
      const { count } = await session.one('run', strings, values);
      return { changes: count, lastId: undefined };
    },
    transaction: <T>(work: (tx: SqlTransaction) => Step<T>): Promise<T> => session.transaction(work),
  });
}
