import type { Remote } from '../capability.ts';
import type { Part, SqlReader, SqlWriter } from './access.ts';
import { SqlError, type SqlReason } from './error.ts';
import { checkTemplate, EMPTY_LIST, fragment, list, SqlFragment, type SqlValue } from './fragment.ts';

/** A template as it leaves a sandbox: its texts, and its values, where fragments are templates themselves. */
interface Packed {
  readonly texts: readonly string[];
  readonly values: readonly (SqlValue | Packed)[];
}

const MAX_NESTING = 16;
const MAX_VALUES = 10_000;

type Call = (method: string, args: readonly unknown[]) => Promise<unknown>;
type Tag = (strings: TemplateStringsArray, ...values: readonly Part[]) => Promise<unknown>;

/**
 * How a database is used from inside of a sandbox: a template goes out taken apart, and the host puts it together again
 * and checks it as any other. There are no transactions from inside. What is read and what is written is for the
 * database to keep: a handler that has been taken over can send any one statement that its access allows.
 */
export function remoteSql<T extends SqlReader | SqlWriter>(access: 'read' | 'write'): Remote<T> {
  const methods = access === 'read' ? ['all', 'get'] : ['all', 'get', 'run'];
  return Object.freeze({
    methods,
    face(call: Call): T {
      const tags = methods.map((method) => [method, tagOf(call, method)] as const);
      const transaction = () =>
        Promise.reject(
          new TypeError('A sandboxed tool has no transactions. Do it in one statement, or in another tool.'),
        );
      // One tag for each method of the access, by construction of `methods`.
      return Object.freeze({ ...Object.fromEntries(tags), transaction }) as unknown as T;
    },
    async serve(granted: T, method: string, args: readonly unknown[]): Promise<unknown> {
      const [strings, ...values] = unpack(args[0], 0);
      if (method === 'all') return granted.all(strings, ...values);
      // An answer without a row is undefined, which crosses as it is.
      if (method === 'get') return granted.get(strings, ...values);
      if (method === 'run' && 'run' in granted) return granted.run(strings, ...values);
      throw new TypeError(`sql: there is no method "${method}".`);
    },
    error: ({ reason }) => new SqlError((reason ?? 'failed') as SqlReason),
  } satisfies Remote<T>);
}

function tagOf(call: Call, method: string): Tag {
  return async (strings, ...values) => {
    checkTemplate(strings, values);
    return call(method, [pack(strings, values)]);
  };
}

function pack(strings: readonly string[], values: readonly Part[]): Packed {
  const packed = values.map((value) => (SqlFragment.is(value) ? pack(value.strings, value.values) : value));
  return { texts: [...strings], values: packed };
}

/**
 * Puts a template together again. INVARIANT: what comes of it is what a tag gets, and its text is text: no value becomes
 * part of it.
 * @throws TypeError when it is not a template.
 */
function unpack(packed: unknown, depth: number): readonly [TemplateStringsArray, ...Part[]] {
  if (depth > MAX_NESTING || !isPacked(packed)) throw new TypeError('sql: that is no template.');
  const { texts, values } = packed;
  const whole = texts.length === values.length + 1 && values.length <= MAX_VALUES;
  if (!whole || !texts.every((text) => typeof text === 'string')) throw new TypeError('sql: that is no template.');
  const strings = Object.freeze(Object.assign([...texts], { raw: Object.freeze([...texts]) }));
  return [strings, ...values.map((value) => unpackPart(value, depth))];
}

function unpackPart(value: unknown, depth: number): Part {
  if (value === null || value instanceof Uint8Array) return value;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default: {
      const [strings, ...values] = unpack(value, depth + 1);
      // An empty list is known by its text, which differs between databases.
      return values.length === 0 && strings[0] === EMPTY_LIST[0] ? list([]) : fragment(strings, ...values);
    }
  }
}

function isPacked(value: unknown): value is Packed {
  return (
    typeof value === 'object' &&
    value !== null &&
    'texts' in value &&
    'values' in value &&
    Array.isArray(value.texts) &&
    Array.isArray(value.values)
  );
}
