/** Someone who signs in: a name and a password. */
export interface Person {
  readonly name: string;
  readonly password: string;
}

/** Opens the pages of an authorization server as a browser would, and gives where it sends the client. */
export type Browser = (authorizationUrl: URL) => Promise<URLSearchParams>;

interface Page {
  readonly url: string;
  readonly body: string;
  /** Where the page redirects to. */
  readonly location: string | undefined;
}

/** A browser of this person's: fetch, a jar of cookies, and the forms for signing in and allowing. */
export function openBrowser({ name, password }: Person): Browser {
  const cookies = new Map<string, string>();

  async function visit(url: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (at + 1 === pair.length) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get('location') ?? undefined;
    return { url, body: await response.text(), location: location && new URL(location, url).href };
  }

  return async (authorizationUrl) => {
    let page = await visit(authorizationUrl.href);
    for (let pages = 0; pages < 12; pages += 1) {
      if (page.location !== undefined) {
        const target = new URL(page.location);
        if (target.origin !== authorizationUrl.origin) return target.searchParams;
        page = await visit(target.href);
        continue;
      }
      const csrf = /name="csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
      const isSignIn = page.body.includes('<h1>Sign in</h1>');
      page = await visit(page.url, isSignIn ? { csrf, action: 'login', name, password } : { csrf, action: 'allow' });
    }
    throw new Error('the authorization server does not come to an end');
  };
}
