/**
 * Text that looks like a credential, whoever's it is. Each expression is anchored on a literal or a word boundary and
 * each repetition ends where the next character class begins, so no input makes the matcher go back: time is linear.
 */

const MARK = '[redacted]';

/** Nothing below can match a text that has none of these. */
const HINT =
  /bearer|basic|dpop|authorization|cookie|eyj|token|secret|passw|pwd|code|api.?key|private.?key|assertion|credential|session|sig|:\/\/|AKIA|ASIA|gh[a-z]_|github_pat|glpat-|sk[-_]|rk_|xox|AIza|ya29|npm_|hf_|SG\.|-----BEGIN|AGE-SECRET/i;

/** A private key block; one without its end runs to the end of the text. */
const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g;

const HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\\?["']?[ \t]{0,4}[:=][ \t]{0,4})[^\r\n]+/gi;

const SCHEME = /\b(bearer|dpop|basic)([ \t]{1,4}|%20|\+)[A-Za-z0-9._~+/=%-]{8,}/gi;

/** JWS and JWE compact forms (RFC 7515 section 3.1, RFC 7516 section 3.1), also right after a percent escape. */
const JWT = new RegExp(
  String.raw`(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2}))eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}`,
  'g',
);

/** User and password in a URL (RFC 3986 section 3.2.1). */
const USERINFO = /:\/\/[^\s/?#@"'<>]+@/g;

const STRONG =
  'access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|session[_-]?token|security[_-]?token|secret|client[_-]?assertion|assertion|code[_-]?verifier|password|passwd|passphrase|pwd|secret[_-]?key|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|session[_-]?id';
const WEAK = 'code|token|sig|signature|key|session';

/** Each alternative runs to its closing quote or to the end of the text, so none can fail once begun. */
const QUOTED = String.raw`"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|'[^']*(?:'|$)|\\{1,8}"[\s\S]*?(?:\\{1,8}"|$)`;
const BARE = String.raw`[^\s&"'<>]+`;

/** A telling name, then `=` or `:`, then a value, in a query, a form, JSON (also inside a JSON string) or prose. */
const NAMED = new RegExp(
  String.raw`((?:${STRONG})\\{0,8}["']?[ \t]{0,4}(?:[:=]|%3D)[ \t]{0,4})(?:${QUOTED}|${BARE})`,
  'gi',
);
/** Everyday words are credentials only as a query parameter or a JSON member with a string value. */
const NAMED_WEAK = new RegExp(
  String.raw`(?<![A-Za-z])((?:${WEAK})(?:=|%3D))(?:${QUOTED}|${BARE})|(?<=["'])((?:${WEAK})\\{0,8}["'][ \t]{0,4}:[ \t]{0,4})(?:${QUOTED})`,
  'gi',
);

const PREFIXED = new RegExp(
  [
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
    'gh[a-z]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{20,}',
    'sk-[A-Za-z0-9_-]{16,}',
    '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}',
    'xox[a-z]-[A-Za-z0-9-]{10,}',
    'AIza[A-Za-z0-9_-]{35}',
    String.raw`ya29\.[A-Za-z0-9_-]{20,}`,
    'npm_[A-Za-z0-9]{36}',
    'hf_[A-Za-z0-9]{30,}',
    String.raw`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,
    'AGE-SECRET-KEY-1[A-Z0-9]{30,}',
  ]
    .map((form) => `(?<![A-Za-z0-9])${form}`)
    .join('|'),
  'g',
);

/** Replaces what looks like a credential by `[redacted]`; names of headers and parameters stay. */
export function redactPatterns(text: string): string {
  if (!HINT.test(text)) return text;
  return text
    .replace(PEM, MARK)
    .replace(HEADER, `$1$2${MARK}`)
    .replace(SCHEME, `$1 ${MARK}`)
    .replace(JWT, MARK)
    .replace(USERINFO, `://${MARK}@`)
    .replace(NAMED, `$1${MARK}`)
    .replace(
      NAMED_WEAK,
      (_match: string, query: string | undefined, member: string | undefined) => `${query ?? member ?? ''}${MARK}`,
    )
    .replace(PREFIXED, MARK);
}
