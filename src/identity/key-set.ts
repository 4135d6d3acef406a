import type { JWK } from 'jose';
import { UnexpectedAnswer } from './fetch-json.ts';
import { isRecord } from './json-shape.ts';

const KINDS = new Set(['EC', 'RSA', 'OKP']);
const MEMBERS = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'] as const;
const MAX_KEYS = 100;

/**
 * Reads the public signature keys of a JWKS (RFC 7517 section 5). Symmetric keys, keys for encryption and keys that
 * were published with their private part are left out: none of them may verify a token.
 *
 * @throws UnexpectedAnswer when it is not a JWKS, has more than 100 keys or has no usable one.
 */
export function parseKeySet(document: unknown): readonly JWK[] {
  const keys = isRecord(document) ? document['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new UnexpectedAnswer('the JWKS is malformed');
  const usable = keys.flatMap((key: unknown) => publicKey(key));
  if (usable.length === 0) throw new UnexpectedAnswer('the JWKS has no public signature key');
  return usable;
}

function publicKey(key: unknown): readonly JWK[] {
  if (!isRecord(key) || 'd' in key || 'k' in key) return [];
  if (typeof key['kty'] !== 'string' || !KINDS.has(key['kty'])) return [];
  if (key['use'] !== undefined && key['use'] !== 'sig') return [];
  const jwk: JWK = {};
  for (const member of MEMBERS) {
    const value = key[member];
    if (typeof value === 'string') jwk[member] = value;
  }
  return [jwk];
}
