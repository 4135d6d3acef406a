import type { First, Part, SqlChange, SqlRow, SqlTransaction } from './access.ts';
import { checkTemplate } from './fragment.ts';

/** What a statement of a transaction asks for. */
export type Kind = 'all' | 'get' | 'run';

/** One statement of a transaction. */
export class SqlStep {
  readonly kind: Kind;
  readonly strings: TemplateStringsArray;
  readonly values: readonly Part[];

  constructor(kind: Kind, strings: TemplateStringsArray, values: readonly Part[]) {
    this.kind = kind;
    this.strings = strings;
    this.values = values;
    Object.freeze(this);
  }
}

/** A statement on its way, or a whole transaction: `yield*` runs it and gives what came of it. */
export type Step<T> = Generator<SqlStep, T, unknown>;

/** A transaction under way: hand `next` the result of the step that it gave before, or `fail` its error. */
export interface Course<T> {
  next(result: unknown): SqlStep | undefined;
  /**
   * Tells of a statement that failed. The transaction is over, whatever its author makes of the error.
   * @throws the error.
   */
  fail(error: unknown): never;
  /** What the transaction gave, once `next` has given no step. */
  result(): T;
  /** Ends it where it stands. */
  abandon(): void;
}

const HOW = 'Write db.transaction(function* (tx) { const row = yield* tx.get`...`; }).';

/**
 * Begins a transaction's work.
 * @throws TypeError when it is no generator: what could wait for anything would hold its locks meanwhile.
 */
export function begin<T>(work: (tx: SqlTransaction) => Step<T>): Course<T> {
  const open = new Set<object>();
  const scope = { over: false };
  const steps: unknown = work(createTransaction(open, scope));
  if (!isGenerator(steps)) {
    // Its rejection is nobody's to handle any more.
    if (steps instanceof Promise) steps.catch(() => undefined);
    throw new TypeError(`A transaction is a generator, and may not be async. ${HOW}`);
  }
  const course = steps as Step<T>;
  let given: { readonly value: T } | undefined;
  return {
    next(result: unknown): SqlStep | undefined {
      const { done, value } = course.next(result);
      if (done !== true) {
        if (value instanceof SqlStep) return value;
        throw new TypeError(`A transaction waits for its own statements alone. ${HOW}`);
      }
      scope.over = true;
      if (open.size > 0) throw new TypeError(`A statement of the transaction was not run: yield* is missing. ${HOW}`);
      given = { value };
      return undefined;
    },
    fail(error: unknown): never {
      scope.over = true;
      try {
        course.throw(error);
      } catch {
        // It is told for its own clean-up; what it throws is that error, or hides it.
      }
      throw error;
    },
    result(): T {
      if (given === undefined) throw new TypeError('the transaction has not ended');
      return given.value;
    },
    abandon(): void {
      if (given !== undefined) return;
      scope.over = true;
      try {
        course.return(undefined as T);
      } catch {
        // Nobody waits for it any more.
      }
    },
  };
}

function createTransaction(open: Set<object>, scope: { readonly over: boolean }): SqlTransaction {
  const step = <T>(kind: Kind, strings: TemplateStringsArray, values: readonly Part[]): Step<T> => {
    if (scope.over) throw new TypeError('The transaction is over.');
    checkTemplate(strings, values);
    const asked = new SqlStep(kind, strings, values);
    open.add(asked);
    return runStep<T>(asked, open, scope);
  };
  return Object.freeze({
    all: <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) =>
      step<Row[]>('all', strings, values),
    get: <Row = SqlRow>(strings: TemplateStringsArray, ...values: readonly Part[]) =>
      step<First<Row>>('get', strings, values),
    run: (strings: TemplateStringsArray, ...values: readonly Part[]) => step<SqlChange>('run', strings, values),
  });
}

function* runStep<T>(asked: SqlStep, open: Set<object>, scope: { readonly over: boolean }): Step<T> {
  if (scope.over) throw new TypeError('The transaction is over.');
  open.delete(asked);
  return (yield asked) as T;
}

function isGenerator(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { next, throw: raise, return: end } = value as Partial<Record<'next' | 'throw' | 'return', unknown>>;
  return [next, raise, end].every((member) => typeof member === 'function') && !(Symbol.asyncIterator in value);
}
