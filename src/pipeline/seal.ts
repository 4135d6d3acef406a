import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 'p1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals small values that travel through a client: request state and cursors. */
export interface Sealer {
  /** Encrypts text; `context` must be the same on opening (principal, method, digest of the parameters ...). */
  seal(purpose: string, context: readonly string[], text: string): string;
  /** The text, or `undefined` when anything at all is wrong. */
  open(purpose: string, context: readonly string[], sealed: string): string | undefined;
}

/**
 * AES-256-GCM with a key per purpose (HKDF-SHA-256) and the context as additional data. The first key seals; every key
 * opens, so that keys rotate without loss.
 * @throws TypeError when a key is not 32 bytes.
 */
export function createSealer(keys: readonly Uint8Array[]): Sealer {
  if (keys.length === 0 || keys.some((key) => key.length !== 32)) {
    throw new TypeError('Sealing keys: give one or more keys of 32 bytes.');
  }
  const derived = new Map<string, readonly { readonly id: Buffer; readonly key: Buffer }[]>();
  const keysFor = (purpose: string) => {
    let found = derived.get(purpose);
    if (found === undefined) {
      found = keys.map((root) => {
        const key = Buffer.from(hkdfSync('sha256', root, 'portcullis', purpose, 32));
        return { id: createHash('sha256').update(key).digest().subarray(0, 4), key };
      });
      derived.set(purpose, found);
    }
    return found;
  };
  return Object.freeze({
    seal(purpose: string, context: readonly string[], text: string): string {
      const [first] = keysFor(purpose);
      if (first === undefined) throw new TypeError('Sealing keys: none.');
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', first.key, iv);
      cipher.setAAD(Buffer.from(JSON.stringify(context)));
      const body = Buffer.concat([first.id, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${body.toString('base64url')}`;
    },
    open(purpose: string, context: readonly string[], sealed: string): string | undefined {
      const body = decode(sealed);
      if (body === undefined) return undefined;
      const entry = keysFor(purpose).find(({ id }) => id.equals(body.subarray(0, 4)));
      if (entry === undefined) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', entry.key, body.subarray(4, 4 + IV_BYTES));
        decipher.setAAD(Buffer.from(JSON.stringify(context)));
        decipher.setAuthTag(body.subarray(-TAG_BYTES));
        return decipher.update(body.subarray(4 + IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return undefined;
      }
    },
  });
}

/** INVARIANT: one text per value; base64url with stray bits or characters would give an attacker aliases. */
function decode(sealed: string): Buffer | undefined {
  if (!sealed.startsWith(`${VERSION}.`)) return undefined;
  const text = sealed.slice(VERSION.length + 1);
  const body = Buffer.from(text, 'base64url');
  if (body.toString('base64url') !== text || body.length < 4 + IV_BYTES + TAG_BYTES) return undefined;
  return body;
}
