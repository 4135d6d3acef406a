import { findCredential, holdsRandom } from '../text/credential-shape.ts';

/** Names of what holds a credential. */
const NAMED =
  /(?:token|api_?key|secret|password|passwd|passphrase|credential|authorization|private_?key|access_?key)s?(?:_|$)|(?:^|_)(?:pass|pat|dsn|jwt|key)(?:_|$)/i;
/** What stands for a value that comes from elsewhere, or for none. */
const ELSEWHERE = /^(?:\$\{[^}]*\}|\$[A-Za-z_]\w*|%\w+%|\{\{.*\}\}|<[^>]*>|\$\(.*\)|)$/;
const PLACEHOLDER =
  /^(?:your|my|the|some|example|sample|dummy|fake|test|changeme|change[-_ ]me|placeholder|x{3,}|\*{3,}|\.{3}|todo|none|null|true|false|\d{1,5})\b|(?:[-_ ](?:here|placeholder)$)|^<|^your[-_]/i;

/**
 * What kind of secret a value is, by its look or by its name; `undefined` where it is none. A reference to a value elsewhere and a
 * placeholder are none.
 */
export function secretIn(name: string, value: string): string | undefined {
  const plain = value.trim().replace(/^(?:Bearer|Basic|token)\s+/i, '');
  if (ELSEWHERE.test(plain) || PLACEHOLDER.test(plain)) return undefined;
  const shape = findCredential(plain);
  if (shape !== undefined) return shape;
  if (/\$\{[^}]*\}/.test(plain)) return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]{3,}@/i.test(plain)) return 'a password in a URL';
  if (!NAMED.test(name) || /(?:_FILE|_PATH|_NAME|_ID|_URL|_TTL|_HEADER)$/i.test(name) || /^[./~]/.test(plain))
    return undefined;
  if (holdsRandom(plain)) return 'a random value under the name of a credential';
  return plain.length >= 6 && /password|passwd|passphrase|secret/i.test(name) ? 'a password' : undefined;
}
