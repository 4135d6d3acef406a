import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** A key name, its 32-byte Ed25519 public key and the id that signature lines carry (C2SP signed-note). */
export interface Verifier {
  readonly name: string;
  readonly publicKey: Buffer;
  readonly keyId: Buffer;
}

/** What signs notes. The private key never leaves the process. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

/** Signature type 0x01 of C2SP signed-note: Ed25519. */
const ED25519 = 0x01;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const DASH = '\u2014';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Checks a key name: not empty, no white space, no plus sign (C2SP signed-note).
 *
 * @throws TypeError when it is not one.
 */
export function checkName(name: string): string {
  if (!/^[!-*,-~]{1,200}$/.test(name)) {
    throw new TypeError('a log origin is 1 to 200 printable ASCII characters without a space or a plus sign');
  }
  return name;
}

/** First four bytes of SHA-256(name, 0x0A, 0x01, public key) (C2SP signed-note, Ed25519). */
function keyId(name: string, publicKey: Uint8Array): Buffer {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ED25519), publicKey]);
  return hash('sha256', input, 'buffer').subarray(0, 4);
}

/** The verifier key of a log as text: `name+hash+base64(0x01 and public key)` (C2SP signed-note). Safe to publish. */
export function formatVerifier(name: string, publicKey: Uint8Array): string {
  const key = Buffer.concat([Uint8Array.of(ED25519), publicKey]).toString('base64');
  return `${checkName(name)}+${keyId(name, publicKey).toString('hex')}+${key}`;
}

/**
 * Reads a verifier key.
 *
 * @throws TypeError when it is malformed or its hash does not fit.
 */
export function parseVerifier(text: string): Verifier {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text.trim());
  const [, name = '', id = '', encoded = ''] = parts ?? [];
  const key = Buffer.from(encoded, 'base64');
  if (parts === null || !BASE64.test(encoded) || key.length !== 33 || key[0] !== ED25519) {
    throw new TypeError('a verifier key reads name+hash+key, with an Ed25519 key');
  }
  const publicKey = Buffer.from(key.subarray(1));
  const expected = keyId(checkName(name), publicKey);
  if (expected.toString('hex') !== id)
    throw new TypeError('the hash of the verifier key does not fit its name and key');
  return { name, publicKey, keyId: expected };
}

/** Signs a text that ends in a newline (C2SP signed-note). */
export function signNote(text: string, name: string, key: SigningKey): string {
  const signature = Buffer.concat([keyId(name, key.publicKey), sign(null, Buffer.from(text), key.privateKey)]);
  return `${text}\n${DASH} ${name} ${signature.toString('base64')}\n`;
}

/** Gives the signed text of a note, or undefined when this verifier did not sign it or it is malformed. */
export function openNote(note: string, verifier: Verifier): string | undefined {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n') || note.length > 65_536) return undefined;
  const text = note.slice(0, end + 1);
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, verifier.publicKey]), format: 'der', type: 'spki' });
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [dash, name, encoded = '', more] = line.split(' ');
    if (dash !== DASH || !BASE64.test(encoded) || more !== undefined) return undefined;
    const signature = Buffer.from(encoded, 'base64');
    // Lines of other keys (witnesses) are none of our business; the line of ours must verify.
    if (name !== verifier.name || !signature.subarray(0, 4).equals(verifier.keyId)) continue;
    return verify(null, Buffer.from(text), key, signature.subarray(4)) ? text : undefined;
  }
  return undefined;
}
