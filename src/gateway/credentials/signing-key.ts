import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type CryptoKey, type JWK } from 'jose';

/** A private key of the gateway. */
export interface SigningKey {
  readonly alg: 'ES256' | 'EdDSA' | 'RS256';
  /** Thumbprint of the public half (RFC 7638). */
  readonly kid: string;
  readonly key: CryptoKey;
  /** The public half, as it is published. */
  readonly jwk: JWK;
}

type Kind = readonly [
  SigningKey['alg'],
  { readonly name: string; readonly namedCurve?: string; readonly hash?: string },
];

const LEAST_BITS = 2048;

/**
 * Reads a private key: PEM (PKCS #8) or JWK; P-256, Ed25519, or RSA of 2048 bits or more.
 * @throws TypeError that says what is taken, and nothing of the key.
 */
export async function readSigningKey(text: string): Promise<SigningKey> {
  const object = objectOf(text);
  const kind = kindOf(object);
  if (kind === undefined)
    throw new TypeError('a signing key: use a private key of P-256, Ed25519, or RSA with 2048 bits or more.');
  const [alg, algorithm] = kind;
  const der = object.export({ format: 'der', type: 'pkcs8' });
  const key = await crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign']);
  const open = createPublicKey(object).export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(open);
  return Object.freeze({ alg, kid, key, jwk: Object.freeze({ ...open, alg, use: 'sig', kid }) });
}

function objectOf(text: string): KeyObject {
  try {
    return text.trimStart().startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
      : createPrivateKey(text);
  } catch {
    throw new TypeError('a signing key: give a private key as PEM (PKCS #8) or JWK.');
  }
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Kind | undefined {
  switch (asymmetricKeyType) {
    case 'ec':
      return asymmetricKeyDetails?.namedCurve === 'prime256v1'
        ? ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }]
        : undefined;
    case 'ed25519':
      return ['EdDSA', { name: 'Ed25519' }];
    case 'rsa':
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_BITS
        ? ['RS256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }]
        : undefined;
    default:
      return undefined;
  }
}

/** Reads a key anew only when its text has changed. */
export function createKeyReader(reveal: () => Promise<string>): () => Promise<SigningKey> {
  let last: { readonly text: string; readonly key: Promise<SigningKey> } | undefined;
  return async () => {
    const text = await reveal();
    if (last?.text !== text) last = { text, key: readSigningKey(text) };
    return last.key;
  };
}
