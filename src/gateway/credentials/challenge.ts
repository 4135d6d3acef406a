/** What a resource server says of the token that it wants (RFC 6750 section 3, RFC 9728 section 5.1). */
export interface Challenge {
  /** `invalid_token`, `insufficient_scope` ... */
  readonly error: string | undefined;
  /** The scopes that it names; none when absent. */
  readonly scopes: readonly string[];
  /** Where its metadata are. */
  readonly metadata: string | undefined;
}

const LONGEST = 8192;
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const MOST_SCOPES = 64;
/** A parameter with its value, or the scheme of a challenge (RFC 9110 section 11.6.1). */
const PART =
  /[\s,]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]+))|([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?=[\s,]|$))/y;

/** Reads the Bearer challenge of a WWW-Authenticate header; `undefined` where there is none that can be read. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > LONGEST) return undefined;
  const parameters = new Map<string, string>();
  let [isBearer, hasBearer] = [false, false];
  PART.lastIndex = 0;
  for (let part = PART.exec(header); part !== null; part = PART.exec(header)) {
    const [, name, quoted, token, scheme] = part;
    if (scheme !== undefined) {
      isBearer = !hasBearer && scheme.toLowerCase() === 'bearer';
      hasBearer ||= isBearer;
    } else if (isBearer && name !== undefined)
      parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '');
  }
  if (!hasBearer) return undefined;
  return {
    error: parameters.get('error'),
    scopes: scopesIn(parameters.get('scope')?.split(' ')),
    metadata: parameters.get('resource_metadata'),
  };
}

/** Those of a stranger's list that are scopes (RFC 6749 section 3.3), as many as fit. */
export function scopesIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((each): each is string => typeof each === 'string' && SCOPE.test(each))
    .filter((each, at, all) => all.indexOf(each) === at)
    .slice(0, MOST_SCOPES);
}
