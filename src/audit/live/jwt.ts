import { isObject, type JsonObject } from '../../protocol/json.ts';

/** A signed token, taken apart (RFC 7515 section 3.1). Nothing of it is verified. */
export interface TokenParts {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signature: string;
}

/** Takes a JWT apart; undefined for a token that is none, of which nobody outside can know anything. */
export function parseToken(token: string): TokenParts | undefined {
  const [head = '', payload = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0) return undefined;
  const [header, claims] = [decode(head), decode(payload)];
  return header === undefined || claims === undefined ? undefined : { header, claims, signature };
}

function decode(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The first two parts of a token, as they are signed. */
export function signingInput(header: JsonObject, claims: JsonObject): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
