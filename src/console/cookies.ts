/** The cookies of the page: for this host alone, out of reach of scripts. */
export interface CookieJar {
  /** The value, when the request has exactly one cookie of that name: of two, one may have been planted. */
  read(header: string | undefined, name: CookieName): string | undefined;
  /** A `Set-Cookie` value. The one for signing in has to come along from the issuer's site, so it is `Lax`. */
  set(name: CookieName, value: string, seconds: number): string;
  clear(name: CookieName): string;
}

/** `session`: who is signed in. `login`: a sign-in that has begun. `upstream`: a login elsewhere that has begun. */
export type CookieName = 'session' | 'login' | 'upstream';

const SAME_SITE: Readonly<Record<CookieName, string>> = {
  session: 'Strict',
  login: 'Lax',
  upstream: 'Lax',
};

/**
 * Makes the cookies of a page at `path`. Over TLS their names begin with `__Host-`, so that no other host and no path can
 * plant one (RFC 6265bis section 4.1.3.2).
 */
export function createCookieJar(isSecure: boolean, path: string): CookieJar {
  const nameOf = (name: CookieName) => `${isSecure ? '__Host-' : ''}portcullis-${name}`;
  const attributes = isSecure ? 'Path=/; Secure; HttpOnly' : `Path=${path}; HttpOnly`;
  const write = (name: CookieName, value: string, seconds: number) =>
    `${nameOf(name)}=${value}; ${attributes}; SameSite=${SAME_SITE[name]}; Max-Age=${seconds}`;
  return {
    read(header, name) {
      const prefix = `${nameOf(name)}=`;
      const found = (header ?? '').split(';').filter((pair) => pair.trim().startsWith(prefix));
      return found.length === 1 ? found[0]?.trim().slice(prefix.length) : undefined;
    },
    set: write,
    clear: (name) => write(name, '', 0),
  };
}
