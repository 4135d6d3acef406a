/** A JSON Schema document or subschema object (draft 2020-12 unless `$schema` says draft-07). */
export type JsonSchema = { readonly [key: string]: unknown };

/** A subschema: an object, or `true` (anything) or `false` (nothing). */
export type Subschema = JsonSchema | boolean;

/** One way in which a value fails its schema. Holds nothing of the value. */
export interface Issue {
  /** JSON pointer into the value, at most 200 characters of a safe alphabet. */
  readonly path: string;
  /** The JSON Schema keyword that failed. */
  readonly rule: string;
  /** A sentence that a caller or a model may read. */
  readonly message: string;
}

/** One thing to mend in a declaration, for its author. */
export interface Problem {
  /** Stable kind, in kebab-case: what a waiver names. */
  readonly id: string;
  /** The field, like `address.street` or `tags[]`; empty for the root. */
  readonly path: string;
  /** What is wrong, without a final full stop. */
  readonly message: string;
  /** What to do: a sentence. */
  readonly mend: string;
}

/** A problem in one line. */
export function formatProblem(problem: Problem): string {
  return `${problem.message}. ${problem.mend}`;
}

/** Whether a value is a plain JSON object (not null, not an array). */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A schema that cannot be used. `path` is a JSON pointer into the schema. */
export class SchemaError extends TypeError {
  override readonly name = 'SchemaError';
  readonly path: string;
  readonly summary: string;
  readonly mend: string;

  constructor(path: string, message: string, mend: string) {
    const summary = `${message} at ${path === '' ? 'the root' : path}`;
    super(`${summary}. ${mend}`);
    this.summary = summary;
    this.path = path;
    this.mend = mend;
  }
}
