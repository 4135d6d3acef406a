import ipaddr from 'ipaddr.js';

/**
 * Checks the canonical URL of a server (RFC 8707 section 2; MCP 2026-07-28 basic/authorization#canonical-server-uri)
 * and gives it back unchanged.
 *
 * @throws TypeError when it is not https (http is for loopback), not in canonical form, or has a query or fragment.
 */
export function parseResource(resource: string): string {
  const url = URL.parse(resource);
  if (url === null) throw new TypeError(`resource: ${JSON.stringify(resource)} is not a URL`);
  if (!isSecureUrl(url)) throw new TypeError(`resource: "${resource}" must use https; http is for loopback hosts only`);
  if (url.username !== '' || url.password !== '' || /[?#]/.test(resource)) {
    throw new TypeError(`resource: "${resource}" must have no credentials, query or fragment`);
  }
  const canonical = url.pathname === '/' ? url.origin : url.href;
  if (resource !== canonical)
    throw new TypeError(`resource: write "${resource}" in its canonical form, "${canonical}"`);
  return resource;
}

/**
 * The audiences that mean exactly this resource: itself, and for a resource without a path the same URL with the slash
 * that URL parsers add (RFC 3986 section 6.2.3 makes the two one).
 */
export function audiencesOf(resource: string): readonly string[] {
  return new URL(resource).origin === resource ? [resource, `${resource}/`] : [resource];
}

/** Whether a URL is https, or http on a loopback host. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}

/** Whether a URL's host name is `localhost` or a loopback address literal. */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === 'localhost') return true;
  const literal = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(literal) && ipaddr.process(literal).range() === 'loopback';
}
