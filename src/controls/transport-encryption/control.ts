import { BlockList, isIP } from 'node:net';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';
import type { StartCheck } from '../../pipeline/start.ts';
import { isLoopback } from '../local-binding/control.ts';

/** The least TLS version that is spoken (RFC 9325 section 3.1.1). */
export const MIN_TLS_VERSION = 'TLSv1.2';

/**
 * Serves other machines over TLS only: its own, or that of a declared terminator in front. Plain HTTP would hand every
 * token to whoever listens (MCP 2026-07-28 basic/authorization/security-considerations).
 */
export function configure(): StartCheck {
  return function transportEncryption({ profile, http }) {
    if (http === undefined) return [];
    const problems = [];
    const exposed = http.socket === undefined && (profile === 'production' || !isLoopback(http.host));
    if (exposed && http.tls === undefined && !http.terminated) {
      problems.push(
        'http.tls: tokens would travel in clear. Give tls.cert and tls.key, or declare http.terminatedBy: proxy.',
      );
    }
    if (http.terminated && http.socket === undefined && http.trustedProxies.length === 0) {
      problems.push('http.trustedProxies: name the addresses of the TLS terminator.');
    }
    for (const proxy of http.trustedProxies) {
      if (parseRange(proxy) === undefined)
        problems.push(`http.trustedProxies: "${proxy}" is neither an address nor a range such as 10.0.0.0/24.`);
    }
    const isPublic = !isLoopback(new URL(http.resource).hostname.replace(/^\[|\]$/g, ''));
    if (isPublic && !http.resource.startsWith('https:'))
      problems.push(`http.publicUrl: "${http.resource}" is not https.`);
    return problems;
  };
}

/**
 * Behind a terminator, takes requests from the terminator alone, and of those only what came to it over TLS: whoever
 * reaches the port past it would send tokens in clear. Metadata and health need no token and are answered before.
 */
export function configureRequest({ http }: Settings): Decide {
  if (http === undefined || !http.terminated) return () => PASS;
  const trusted = http.socket === undefined ? trustedBy(http.trustedProxies) : () => true;
  return function fromTerminator(exchange: Exchange): Decision {
    const facts = exchange.http;
    if (facts === undefined) return PASS;
    if (!trusted(facts.remoteAddress)) return deny('FORBIDDEN', { detail: 'not by way of the TLS terminator' });
    const scheme = facts.headers['x-forwarded-proto'];
    if (scheme === undefined || (typeof scheme === 'string' && scheme.toLowerCase() === 'https')) return PASS;
    return deny('FORBIDDEN', { detail: 'the terminator was asked in clear' });
  };
}

interface Range {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

function parseRange(text: string): Range | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return undefined;
  const most = version === 4 ? 32 : 128;
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > most)) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix: prefix === undefined ? most : Number(prefix) };
}

/** Addresses of proxies; the last one that was found good is remembered, for one proxy sends most requests. */
function trustedBy(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const proxy of proxies) {
    const range = parseRange(proxy);
    if (range !== undefined) list.addSubnet(range.address, range.prefix, range.family);
  }
  let last: string | undefined;
  return (address) => {
    if (address === last) return true;
    const version = isIP(address);
    const good = version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
    if (good) last = address;
    return good;
  };
}
