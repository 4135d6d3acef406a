import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

const SECRET_NAME = /token|api[-_]?key|authorization|bearer|secret|password|jwt/i;

/**
 * Takes a token from the Authorization header only: one in the query would be kept by proxies, histories and logs
 * (OAuth 2.1 section 5.1.1; MCP 2026-07-28 basic/authorization#token-requirements).
 */
export function configure(_settings: Settings): Decide {
  return function tokenLocation({ http }: Exchange): Decision {
    if (http === undefined) return PASS;
    if (countAuthorization(http.rawHeaders) > 1)
      return deny('TOKEN_INVALID', { detail: 'several Authorization headers' });
    if (http.query === '') return PASS;
    return hasSecret(http.query) ? deny('TOKEN_IN_URL') : PASS;
  };
}

/** node keeps the first of several; a proxy may have looked at the last. */
function countAuthorization(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i];
    if (raw?.length === 13 && raw.toLowerCase() === 'authorization') count++;
  }
  return count;
}

/** Percent-encoding must not hide the parameter's name; frameworks differ in what separates parameters. */
function hasSecret(query: string): boolean {
  const decoded = query.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded.split(/[&;?]/).some((pair) => SECRET_NAME.test(pair.split('=', 1)[0] ?? ''));
}

/** With the control off, a token in the query is taken: what the attack needs to succeed. */
export function tokenFromQuery(query: string): string | undefined {
  const token = new URLSearchParams(query).get('access_token');
  return token === null ? undefined : `Bearer ${token}`;
}
