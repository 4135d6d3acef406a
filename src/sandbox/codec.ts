/** Bounds on what one message may make its receiver build. */
export interface DecodeLimits {
  /** Values of every kind, nested ones counted one by one. */
  readonly values: number;
  readonly depth: number;
}

/** A message in its parts: JSON, and the bytes that it refers to. */
export interface Encoded {
  readonly json: string;
  readonly bytes: readonly Uint8Array[];
}

/** A value cannot cross, or what came is not a value. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

const TAG = '$';
const DEPTH = 64;
/** Numbers among the keys of maps and sets, in one message: V8 hashes them without a seed, so that they can be made to collide. */
const NUMBER_KEYS = 4_096;

/**
 * Puts a value into JSON, with tags for what JSON does not have: `undefined`, odd numbers, `bigint`, dates, maps, sets
 * and bytes, which go beside the JSON. JSON and not the serialisation of V8: a receiver in the host parses what a
 * hostile sender wrote, and one mebibyte costs it milliseconds, whatever is in it.
 * @throws CodecError when it holds a function, a symbol, a cycle, more than 4,096 numbers as keys of maps and sets, or
 *   anything else that cannot be sent.
 */
export function encode(value: unknown): Encoded {
  const bytes: Uint8Array[] = [];
  let at = 0;
  const put = (chunk: Uint8Array): readonly [number, number] => {
    bytes.push(chunk);
    at += chunk.byteLength;
    return [at - chunk.byteLength, chunk.byteLength];
  };
  return { json: JSON.stringify(toPlain(value, 0, { put, keys: new KeyCount() })), bytes };
}

/** Counts the numbers among the keys of one message. */
class KeyCount {
  #left = NUMBER_KEYS;

  /** @throws CodecError when there are too many. */
  add<T>(key: T): T {
    if ((typeof key === 'number' || typeof key === 'bigint') && --this.#left < 0)
      throw new CodecError(`more than ${NUMBER_KEYS} numbers are keys of maps and sets: use texts, or lists`);
    return key;
  }
}

/** What comes of a message beside its JSON. */
interface Beside {
  readonly put: (chunk: Uint8Array) => readonly [number, number];
  readonly keys: KeyCount;
}

function toPlain(value: unknown, depth: number, beside: Beside): unknown {
  if (depth > DEPTH) throw new CodecError(`a value is nested deeper than ${DEPTH}, or in itself`);
  const { put, keys } = beside;
  const inner = (member: unknown) => toPlain(member, depth + 1, beside);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : tag('f', Object.is(value, -0) ? '-0' : `${value}`);
    case 'bigint':
      return tag('n', value.toString());
    case 'undefined':
      return tag('u', 0);
    case 'object':
      break;
    default:
      throw new CodecError(`a ${typeof value} cannot leave its side`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return Array.from(value, inner);
  if (value instanceof Date) return tag('d', Number.isNaN(value.getTime()) ? null : value.getTime());
  if (ArrayBuffer.isView(value)) return tag('b', put(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
  if (value instanceof ArrayBuffer) return tag('b', put(new Uint8Array(value)));
  if (value instanceof Map)
    return tag(
      'm',
      Array.from(value, ([key, member]) => [inner(keys.add(key)), inner(member)]),
    );
  if (value instanceof Set)
    return tag(
      's',
      Array.from(value, (member) => inner(keys.add(member))),
    );
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const plain = Object.fromEntries(entries.map(([key, member]) => [key, inner(member)]));
  return Object.hasOwn(plain, TAG) ? tag('o', plain) : plain;
}

function tag(kind: string, value: unknown): object {
  return { [TAG]: kind, v: value };
}

/**
 * Builds the value again, from text that may be hostile: ordinary objects, arrays and primitives alone come of it.
 * @throws CodecError when it is not what `encode` gives, or too much.
 */
export function decode(json: string, bytes: Uint8Array, limits: DecodeLimits): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new CodecError('not JSON');
  }
  return new Decoder(bytes, limits).read(parsed, 0);
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  readonly #keys = new KeyCount();
  #left: number;
  #bytesLeft: number;

  constructor(bytes: Uint8Array, { values, depth }: DecodeLimits) {
    this.#bytes = bytes;
    this.#bytesLeft = bytes.byteLength;
    this.#left = values;
    this.#depth = depth;
  }

  read(value: unknown, depth: number): unknown {
    this.#left -= 1;
    if (this.#left < 0) throw new CodecError('too many values');
    if (depth > this.#depth) throw new CodecError('nested too deep');
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((member: unknown) => this.read(member, depth + 1));
    const members = value as Readonly<Record<string, unknown>>;
    return Object.hasOwn(members, TAG) ? this.#tagged(members, depth) : this.#object(members, depth);
  }

  #object(members: Readonly<Record<string, unknown>>, depth: number): object {
    const built: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(members)) {
      // INVARIANT: no message changes what an object of the host inherits from.
      if (key === '__proto__') throw new CodecError('a key that must not be');
      built[key] = this.read(member, depth + 1);
    }
    return built;
  }

  #tagged({ [TAG]: kind, v: value }: Readonly<Record<string, unknown>>, depth: number): unknown {
    switch (kind) {
      case 'u':
        return undefined;
      case 'f':
        return readOddNumber(value);
      case 'n':
        return readBigInt(value);
      case 'd':
        return new Date(typeof value === 'number' ? value : Number.NaN);
      case 'b':
        return this.#slice(value);
      case 's':
        return new Set(this.#list(value).map((member) => this.#keys.add(this.read(member, depth + 1))));
      case 'm':
        return new Map(this.#list(value).map((pair) => this.#pair(pair, depth + 1)));
      case 'o':
        if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CodecError('no object');
        return this.#object(value as Readonly<Record<string, unknown>>, depth);
      default:
        throw new CodecError('an unknown tag');
    }
  }

  #list(value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) throw new CodecError('no list');
    return value;
  }

  #pair(value: unknown, depth: number): readonly [unknown, unknown] {
    const pair = this.#list(value);
    return [this.#keys.add(this.read(pair[0], depth)), this.read(pair[1], depth)];
  }

  #slice(value: unknown): Uint8Array {
    const [at, length]: readonly unknown[] = this.#list(value);
    const sound =
      typeof at === 'number' && typeof length === 'number' && at >= 0 && length >= 0 && Number.isInteger(at + length);
    if (!sound || at + length > this.#bytes.byteLength) throw new CodecError('bytes that did not come');
    // INVARIANT: no byte is given out twice, or a small message would be copied until the memory is full.
    this.#bytesLeft -= length;
    if (this.#bytesLeft < 0) throw new CodecError('bytes that did not come');
    // Copied: a slice would keep the whole message alive.
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }
}

function readOddNumber(value: unknown): number {
  if (value === '-0') return -0;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw new CodecError('no number');
}

function readBigInt(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,400}$/.test(value)) throw new CodecError('no bigint');
  return BigInt(value);
}
