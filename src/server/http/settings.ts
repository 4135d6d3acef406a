import { metadataPaths } from '../../identity/metadata.ts';
import type { HttpSettings } from '../../pipeline/settings.ts';
import type { HttpOptions } from '../deployment.ts';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Resolves what the HTTP controls decide on, once the port is known. */
export function resolveHttp(options: HttpOptions, port: number): HttpSettings {
  const host = options.host ?? '127.0.0.1';
  const path = options.path ?? '/mcp';
  const scheme = options.tls === undefined ? 'http' : 'https';
  const named = host.includes(':') ? `[${host}]` : host;
  const resource = options.publicUrl ?? `${scheme}://${named}:${port}${path}`;
  const url = URL.parse(resource);
  if (url === null || url.hash !== '' || url.search !== '') {
    throw new TypeError(`http.publicUrl: "${resource}" is no URL of an endpoint. Give it without query and fragment.`);
  }
  if (!path.startsWith('/') || path.includes('?'))
    throw new TypeError(`http.path: "${path}" is no path. Use for example /mcp.`);
  const hosts = new Set((options.allowedHosts ?? []).map((name) => name.toLowerCase()));
  hosts.add(url.host);
  if (options.socket === undefined) {
    hosts.add(`${named.toLowerCase()}:${port}`);
    if (LOOPBACK_NAMES.includes(named)) for (const name of LOOPBACK_NAMES) hosts.add(`${name}:${port}`);
  } else hosts.add('localhost');
  return Object.freeze({
    host,
    port,
    socket: options.socket,
    path,
    resource: url.href.replace(/\/$/, url.pathname === '/' ? '' : '/'),
    metadataUrl: metadataPaths(resource).url,
    allowedHosts: hosts,
    allowedOrigins: new Set(options.allowedOrigins),
    tls: options.tls,
    terminated: options.terminatedBy === 'proxy',
    trustedProxies: Object.freeze([...(options.trustedProxies ?? [])]),
  });
}
