import type { StartCheck } from '../../pipeline/start.ts';
import { isLoopback } from '../local-binding/control.ts';

/** The least TLS version that is spoken. */
export const MIN_TLS_VERSION = 'TLSv1.2';

/**
 * Serves other machines over TLS only: its own, or that of a declared terminator in front. Plain HTTP would hand every
 * token to whoever listens (MCP 2026-07-28 basic/authorization/security-considerations).
 */
export function configure(): StartCheck {
  return function transportEncryption({ profile, http }) {
    if (http === undefined || http.socket !== undefined) return [];
    const exposed = profile === 'production' || !isLoopback(http.host);
    const problems = [];
    if (exposed && http.tls === undefined && !http.terminated) {
      problems.push(
        'http.tls: tokens would travel in clear. Give tls.cert and tls.key, or declare http.terminatedBy: proxy.',
      );
    }
    if (http.terminated && http.trustedProxies.length === 0) {
      problems.push('http.trustedProxies: name the addresses of the TLS terminator.');
    }
    const isPublic = !isLoopback(new URL(http.resource).hostname.replace(/^\[|\]$/g, ''));
    if (isPublic && !http.resource.startsWith('https:'))
      problems.push(`http.publicUrl: "${http.resource}" is not https.`);
    return problems;
  };
}
