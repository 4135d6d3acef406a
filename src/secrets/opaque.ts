import { createHmac, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import type { HmacAlgorithm, Secret } from './secret.ts';

/** What every way of printing a secret gives. */
export const SECRET_MARK = '[secret]';

/** Where the values of one secret are. */
export interface SecretSource {
  readonly name: string;
  /** The present value. @throws Error when it may not be used. */
  present(): string;
  /** The present value, and those before it that are good still. @throws Error when none may be used. */
  accepted(): readonly string[];
}

let readSource: (secret: object) => SecretSource | undefined;

/**
 * INVARIANT: a private field holds the source, so that no property, symbol, clone or patched collection leads to it;
 * only this module reads it.
 */
class OpaqueSecret implements Secret {
  readonly #source: SecretSource;

  static {
    readSource = (secret) => (#source in secret ? secret.#source : undefined);
  }

  constructor(source: SecretSource) {
    this.#source = source;
    Object.freeze(this);
  }

  get name(): string {
    return this.#source.name;
  }

  hmac(algorithm: HmacAlgorithm, data: string | Uint8Array): Promise<Uint8Array> {
    return attempt(() => keyedHash(this.#source.present(), algorithm, data));
  }

  verify(algorithm: HmacAlgorithm, data: string | Uint8Array, mac: Uint8Array): Promise<boolean> {
    return attempt(() =>
      this.#source.accepted().some((value) => {
        const expected = keyedHash(value, algorithm, data);
        return expected.length === mac.length && timingSafeEqual(expected, mac);
      }),
    );
  }

  toString(): string {
    return SECRET_MARK;
  }

  toJSON(): string {
    return SECRET_MARK;
  }

  toLocaleString(): string {
    return SECRET_MARK;
  }

  valueOf(): string {
    return SECRET_MARK;
  }

  [Symbol.toPrimitive](): string {
    return SECRET_MARK;
  }

  [inspect.custom](): string {
    return SECRET_MARK;
  }
}

Reflect.deleteProperty(OpaqueSecret.prototype, 'constructor');
Object.freeze(OpaqueSecret.prototype);

const ALGORITHMS: ReadonlySet<string> = new Set<HmacAlgorithm>(['sha256', 'sha384', 'sha512']);

function keyedHash(value: string, algorithm: HmacAlgorithm, data: string | Uint8Array): Uint8Array {
  if (!ALGORITHMS.has(algorithm)) throw new TypeError(`hmac: use ${[...ALGORITHMS].join(', ')}.`);
  return new Uint8Array(createHmac(algorithm, value).update(data).digest());
}

/** What a promise makes of a throw, without one turn more. */
function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** Makes the object that stands for a secret. */
export function createSecret(source: SecretSource): Secret {
  return new OpaqueSecret(source);
}

/** The source of an object that `createSecret` made; nothing for any other, whatever it looks like. */
export function sourceOf(secret: object): SecretSource | undefined {
  return readSource(secret);
}
