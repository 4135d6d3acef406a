import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { isObject } from '../protocol/json.ts';

/** A payload with its signatures (Dead Simple Signing Envelope, secure-systems-lab/dsse). */
export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly EnvelopeSignature[];
}

/** One signature over an envelope. */
export interface EnvelopeSignature {
  /** SHA-256 of the public key (SPKI, DER), base64url. */
  readonly keyid: string;
  /** Base64. */
  readonly sig: string;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MOST_SIGNATURES = 16;

/** The bytes that are signed: type and payload with their lengths, so that neither can pass for the other. */
export function preAuthentication(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** The id of an Ed25519 key, private or public. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64url');
}

/** An envelope that nobody has signed yet. */
export function createEnvelope(payloadType: string, payload: string): Envelope {
  return { payloadType, payload: Buffer.from(payload, 'utf8').toString('base64'), signatures: [] };
}

/**
 * Adds a signature; one of the same key is replaced.
 * @throws TypeError when the key is no Ed25519 private key.
 */
export function signEnvelope(envelope: Envelope, key: KeyObject): Envelope {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519')
    throw new TypeError('Envelopes are signed with an Ed25519 private key.');
  const keyid = keyIdOf(key);
  const bytes = preAuthentication(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
  const added = { keyid, sig: sign(null, bytes, key).toString('base64') };
  return { ...envelope, signatures: [...envelope.signatures.filter((other) => other.keyid !== keyid), added] };
}

/** Whether the envelope holds a good signature of that key. */
export function isSignedBy(envelope: Envelope, key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'ed25519') return false;
  const keyid = keyIdOf(key);
  const bytes = preAuthentication(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
  // INVARIANT: the key id only finds the signature; it is the key of the trust store that verifies it.
  return envelope.signatures.some(
    (signature) => signature.keyid === keyid && verify(null, bytes, key, Buffer.from(signature.sig, 'base64')),
  );
}

/** An envelope as anyone may write one: base64 in either alphabet, and a key id only where the signer gave one. */
export interface EnvelopeLike extends Pick<Envelope, 'payloadType' | 'payload'> {
  readonly signatures: readonly Pick<EnvelopeSignature, 'sig'>[];
}

const EITHER_BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Whether a value from a file is an envelope by DSSE 1.0.2, which asks verifiers for more than we write. */
export function isEnvelopeLike(value: unknown): value is EnvelopeLike {
  if (!isObject(value)) return false;
  const { payloadType, payload, signatures } = value;
  const isBase64 = (text: unknown): boolean => typeof text === 'string' && EITHER_BASE64.test(text);
  return (
    typeof payloadType === 'string' &&
    isBase64(payload) &&
    Array.isArray(signatures) &&
    signatures.length <= MOST_SIGNATURES &&
    signatures.every((each) => isObject(each) && isBase64(each['sig']))
  );
}

/** Whether a value from a file is an envelope. */
export function isEnvelope(value: unknown): value is Envelope {
  if (!isObject(value)) return false;
  const { payloadType, payload, signatures } = value;
  return (
    typeof payloadType === 'string' &&
    typeof payload === 'string' &&
    BASE64.test(payload) &&
    Array.isArray(signatures) &&
    signatures.length <= MOST_SIGNATURES &&
    signatures.every(
      (each) =>
        isObject(each) &&
        typeof each['keyid'] === 'string' &&
        typeof each['sig'] === 'string' &&
        BASE64.test(each['sig']),
    )
  );
}

/**
 * Reads an envelope from its JSON text.
 * @throws TypeError that says what is wrong with it.
 */
export function parseEnvelope(text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TypeError('the manifest is not JSON: make it with `portcullis manifest build`', { cause: error });
  }
  if (!isObject(value)) throw new TypeError('the manifest is not an envelope');
  const { payloadType, payload, signatures } = value;
  if (typeof payloadType !== 'string' || typeof payload !== 'string' || !BASE64.test(payload))
    throw new TypeError('the manifest is not a DSSE envelope: payloadType or payload is missing');
  if (!Array.isArray(signatures) || signatures.length > MOST_SIGNATURES)
    throw new TypeError(`the manifest is not a DSSE envelope: signatures is no list of at most ${MOST_SIGNATURES}`);
  return { payloadType, payload, signatures: signatures.map(readSignature) };
}

function readSignature(value: unknown): EnvelopeSignature {
  const { keyid, sig } = isObject(value) ? value : {};
  if (typeof keyid !== 'string' || typeof sig !== 'string' || !BASE64.test(sig))
    throw new TypeError('the manifest is not a DSSE envelope: a signature has no keyid or sig');
  return { keyid, sig };
}
