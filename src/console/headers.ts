import { STYLE_SOURCE } from './style.ts';

/**
 * Headers of every page: no script, no frame, nothing from elsewhere, nothing kept. `same-origin` and not `no-referrer`,
 * under which a browser sends `Origin: null` with a form (Fetch, "append a request Origin header").
 */
export function pageHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  return Object.freeze({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src ${STYLE_SOURCE}`,
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=()',
    'X-Robots-Tag': 'noindex',
    ...(isSecure ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  });
}
