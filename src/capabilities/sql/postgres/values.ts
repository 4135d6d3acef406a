/** A value as it comes back: see `SqlRow`. */
type Value = string | number | bigint | boolean | null | Uint8Array;

// Object ids of built-in types, https://www.postgresql.org/docs/15/catalog-pg-type.html
const PARSERS: ReadonlyMap<number, (text: string) => Value> = new Map<number, (text: string) => Value>([
  [16, (text) => text === 't'],
  [17, parseBytes],
  [20, parseWhole],
  [21, Number],
  [23, Number],
  [26, Number],
  [700, Number],
  [701, Number],
]);

/** What a column of that type is in a row; text where nothing else is known, so that nothing is lost. */
export function parseValue(type: number, text: string | null): Value {
  return text === null ? null : (PARSERS.get(type)?.(text) ?? text);
}

function parseWhole(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function parseBytes(text: string): Value {
  return text.startsWith('\\x') ? new Uint8Array(Buffer.from(text.slice(2), 'hex')) : text;
}

/**
 * What is sent for a bound value.
 * @throws TypeError for a value that a database would take for something else, such as undefined.
 */
export function toWire(value: unknown, index: number): string | Buffer | null {
  if (typeof value === 'string' || value === null) return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw new TypeError(
    `Value ${index + 1} of the SQL template is ${value === undefined ? 'undefined' : `a ${typeof value}`}. ` +
      'Bind a string, a finite number, a bigint, a boolean, null or a Uint8Array; lists with list(...).',
  );
}
