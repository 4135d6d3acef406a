import { type JsonFetcher, UnexpectedAnswer } from './fetch-json.ts';
import { isRecord } from './json-shape.ts';

/**
 * Where the metadata of an issuer may be, in the order to try: RFC 8414 with path insertion, OIDC with path insertion,
 * OIDC with the path first (MCP 2026-07-28 basic/authorization/authorization-server-discovery).
 */
export function metadataLocations(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const oauth = `${origin}/.well-known/oauth-authorization-server${path}`;
  const oidc = `${origin}/.well-known/openid-configuration${path}`;
  return path === '' ? [oauth, oidc] : [oauth, oidc, `${origin}${path}/.well-known/openid-configuration`];
}

/**
 * Finds the JWKS URL of an issuer. The document must name exactly this issuer (RFC 8414 section 3.3), and its
 * `jwks_uri` must be on the issuer's own origin, so that a document cannot send this server elsewhere.
 *
 * @throws Error when no location gives such a document.
 */
export async function discoverJwksUri(issuer: string, fetcher: JsonFetcher): Promise<string> {
  const reasons: string[] = [];
  for (const location of metadataLocations(issuer)) {
    try {
      return jwksUriOf(await fetcher.fetch(location), issuer);
    } catch (error) {
      // A host that does not answer at all would only be waited for again at the next location.
      if (!(error instanceof UnexpectedAnswer)) throw error;
      reasons.push(error.message);
    }
  }
  throw new Error(`discovery of ${issuer} failed: ${reasons.join('; ')}`);
}

function jwksUriOf(metadata: unknown, issuer: string): string {
  if (!isRecord(metadata)) throw new UnexpectedAnswer('the metadata is not an object');
  if (metadata['issuer'] !== issuer) throw new UnexpectedAnswer('the metadata names another issuer');
  const uri = metadata['jwks_uri'];
  if (typeof uri !== 'string') throw new UnexpectedAnswer('the metadata has no jwks_uri');
  if (URL.parse(uri)?.origin !== new URL(issuer).origin) {
    throw new UnexpectedAnswer('the jwks_uri is on another origin; set the option "jwksUri" to accept it');
  }
  return uri;
}
