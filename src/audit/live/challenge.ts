/** A challenge of a bearer scheme (RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9449 section 7.1). */
export interface Challenge {
  readonly scheme: 'bearer' | 'dpop';
  /** By lower-case name; of several of one name the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST = 4_096;
const PARAMETER = /([a-z_-]{1,40})\s{0,3}=\s{0,3}(?:"((?:[^"\\]|\\.){0,2000})"|([^\s",]{1,2000}))/gi;

/** Reads the first bearer or DPoP challenge of a header; undefined where there is none. */
export function challengeOf(header: string | undefined): Challenge | undefined {
  const [, scheme, rest = ''] = /(?:^|,)\s*(bearer|dpop)(?:\s+([^]*))?$/i.exec((header ?? '').slice(0, LONGEST)) ?? [];
  if (scheme === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of rest.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted === undefined ? bare : quoted.replaceAll(/\\(.)/g, '$1'));
  }
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', parameters };
}

/** The scopes that a challenge names. */
export function scopesOf(challenge: Challenge | undefined): readonly string[] {
  return (challenge?.parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
}
