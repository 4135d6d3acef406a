import { entropyOf } from './checks.ts';
import { detector, type Detector } from './detector.ts';

/** Below it a token is a placeholder, like `ghp_xxxxxxxx`. */
const RANDOM_BITS = 2.8;

const random = (match: string) => entropyOf(match.slice(4)) >= RANDOM_BITS;

/** Words with hyphens are no key. */
const isMixed = (match: string) => random(match) && /\d/.test(match) && /[A-Z]/.test(match);

/** JWS and JWE compact forms: what comes first is a JSON object (RFC 7515 section 3.1). */
function isJwt(match: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(match.split('.')[0] ?? '', 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null && ('alg' in header || 'enc' in header);
  } catch {
    return false;
  }
}

/** A word of a placeholder where a password stands: `https://user:password@host` in a manual. */
const PLACEHOLDER = /:(?:\$|<|\{|\[|\*|x{3,}@|pass(?:word)?@|pwd@|secret@|token@|redacted@)/i;

/** What credentials look like: a telling start, the characters behind it, and a check that leaves placeholders alone. */
export const CREDENTIALS: readonly Detector[] = [
  detector(
    'credentials',
    'private key',
    '-----BEGIN',
    String.raw`-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]{1,60}-----|\z)`,
  ),
  detector(
    'credentials',
    'jwt',
    'eyJ',
    String.raw`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+){0,2}`,
    isJwt,
  ),
  detector('credentials', 'aws key', /A(?:KIA|SIA|BIA|CCA)/, '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', random),
  detector('credentials', 'github token', /gh[oprsu]_/, 'gh[oprsu]_[A-Za-z0-9]{36,255}', random),
  detector('credentials', 'github token', 'github_pat_', 'github_pat_[A-Za-z0-9_]{22,255}', random),
  detector(
    'credentials',
    'gitlab token',
    /gl(?:pat|dt|rt|ptt|cbt|soat|ft)-/,
    'gl(?:pat|dt|rt|ptt|cbt|soat|ft)-[A-Za-z0-9_-]{20,}',
    random,
  ),
  detector('credentials', 'slack token', /xox[a-z]/, 'xox[abceoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{20,}', random),
  detector('credentials', 'slack token', 'xapp-', 'xapp-[0-9]-[A-Z0-9]{6,}-[0-9]{6,}-[a-f0-9]{32,}', random),
  detector(
    'credentials',
    'slack hook',
    'hooks.slack.com',
    'hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}',
  ),
  detector('credentials', 'stripe key', /[rs]k_(?:live|test)_/, '[rs]k_(?:live|test)_[A-Za-z0-9]{16,}', random),
  detector('credentials', 'stripe secret', 'whsec_', 'whsec_[A-Za-z0-9+/=]{24,}', random),
  detector('credentials', 'google key', 'AIza', 'AIza[A-Za-z0-9_-]{35}', random),
  detector('credentials', 'google token', 'ya29.', 'ya29\\.[A-Za-z0-9_-]{20,}', random),
  detector('credentials', 'google secret', 'GOCSPX-', 'GOCSPX-[A-Za-z0-9_-]{28}', random),
  detector('credentials', 'npm token', 'npm_', 'npm_[A-Za-z0-9]{36}', random),
  detector('credentials', 'pypi token', 'pypi-', 'pypi-[A-Za-z0-9_-]{50,}', random),
  detector('credentials', 'hugging face token', 'hf_', 'hf_[A-Za-z0-9]{30,}', random),
  detector('credentials', 'model key', /sk-[A-Za-z0-9]/, 'sk-(?:ant-|proj-|svcacct-|or-)?[A-Za-z0-9_-]{32,}', isMixed),
  detector('credentials', 'sendgrid key', 'SG.', 'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}', random),
  detector('credentials', 'age key', 'AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-1[A-Z0-9]{30,}', random),
  detector('credentials', 'digitalocean token', /do[opr]_v1_/, 'do[opr]_v1_[a-f0-9]{64}', random),
  detector('credentials', 'shopify token', /shp(?:at|ca|pa|ss)_/, 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}', random),
  detector('credentials', 'azure key', 'AccountKey=', 'AccountKey=[A-Za-z0-9+/]{86}==', random),
  detector('credentials', 'vault token', /hv[bs]\./, 'hv[bs]\\.[A-Za-z0-9_-]{24,}', random),
  detector(
    'credentials',
    'password in a URL',
    '://',
    String.raw`[a-z][a-z0-9+.-]{1,20}://[^\s/?#@:"'<>]{0,256}:[^\s/?#@"'<>]{3,256}@`,
    (match) => !PLACEHOLDER.test(match),
  ),
];
