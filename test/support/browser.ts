/** A person's browser for tests: fetch with a cookie jar, following no redirect by itself. */
export interface Browser {
  /** Asks for a URL; `form` makes it a POST of these fields. */
  visit(
    url: string,
    form?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Visit>;
  /** Visits and follows redirects until one leaves `origin`, or until a page answers. */
  travel(url: string, origin: string, form?: Readonly<Record<string, string>>): Promise<Visit>;
}

/** One answer. */
export interface Visit {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Absolute target of a redirect. */
  readonly location: string | undefined;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** Opens a browser without cookies. Cookies are kept by name and path, as for a single host. */
export function openBrowser(): Browser {
  const cookies = new Map<string, Cookie>();

  function cookieHeader(pathname: string): string {
    return [...cookies]
      .filter(([, { path }]) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(([key, { value }]) => `${key.split(';')[0]}=${value}`)
      .join('; ');
  }

  function keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const path = attributes.find((attribute) => attribute.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(name.length + 1);
    if (value === '') cookies.delete(`${name};${path}`);
    else cookies.set(`${name};${path}`, { value, path });
  }

  async function visit(
    url: string,
    form?: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Visit> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: cookieHeader(new URL(url).pathname), ...headers },
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
    });
    response.headers.getSetCookie().forEach(keep);
    const location = response.headers.get('location');
    return {
      url,
      status: response.status,
      headers: response.headers,
      body: await response.text(),
      location: location === null ? undefined : new URL(location, url).href,
    };
  }

  return {
    visit,
    async travel(url, origin, form) {
      let answer = await visit(url, form);
      for (let hops = 0; hops < 10; hops += 1) {
        if (answer.location === undefined || new URL(answer.location).origin !== origin) return answer;
        answer = await visit(answer.location);
      }
      throw new Error('too many redirects');
    },
  };
}

/** The value of a hidden field of the first form that has it. */
export function hiddenField(body: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '';
}

/** Whom a person signs in as. */
export interface Account {
  readonly name: string;
  readonly password: string;
}

/**
 * Goes through the development authorization server as a person would: signs in unless signed in already, allows, and
 * gives the parameters of the redirect to the client (`code`, `state`, `iss`).
 */
export async function approve(browser: Browser, authorizationUrl: string, account: Account): Promise<URLSearchParams> {
  const { origin } = new URL(authorizationUrl);
  let answer = await browser.travel(authorizationUrl, origin);
  if (answer.body.includes('<h1>Sign in</h1>')) {
    const csrf = hiddenField(answer.body, 'csrf');
    answer = await browser.travel(answer.url, origin, { csrf, action: 'login', ...account });
  }
  if (answer.status === 200) {
    answer = await browser.travel(answer.url, origin, { csrf: hiddenField(answer.body, 'csrf'), action: 'allow' });
  }
  if (answer.location === undefined) throw new Error(`no redirect to the client: ${answer.status} ${answer.body}`);
  return new URL(answer.location).searchParams;
}
