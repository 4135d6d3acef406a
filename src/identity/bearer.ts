const SCHEME = 'bearer ';
const MAX_TOKEN = 8192;
// RFC 6750 section 2.1 (b64token) restricted to the compact form of a signed JWS: three parts, none of them empty.
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * The token of an `Authorization` value, or undefined unless the value is the scheme `Bearer` in any case, one space and
 * 1 to 8192 characters.
 */
export function bearerToken(authorization: string): string | undefined {
  const length = authorization.length - SCHEME.length;
  if (length < 1 || length > MAX_TOKEN) return undefined;
  if (authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return undefined;
  return authorization.slice(SCHEME.length);
}

/** Whether a token has the form of a signed compact JWS. */
export function isCompactJws(token: string): boolean {
  return COMPACT_JWS.test(token);
}
