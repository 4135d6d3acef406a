import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';

const issuer = process.env['OIDC_ISSUER'] ?? 'https://login.example.com';
const keys = createRemoteJWKSet(new URL('/.well-known/jwks', issuer));

export async function verify(token: string): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, algorithms: ['RS256'] });
    return payload;
  } catch {
    return undefined;
  }
}
