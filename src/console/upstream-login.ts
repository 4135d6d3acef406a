import { html } from 'hono/html';
import type { LoginOffer, LoginSite, PageVisitor } from '../capabilities/lent.ts';
import type { Markup } from './page.ts';

/** What this person is offered under an id, by whichever upstream it is. */
export async function findOffer(
  sites: ReadonlyMap<string, LoginSite>,
  id: string,
  visitor: PageVisitor,
): Promise<LoginOffer | undefined> {
  for (const site of sites.values()) {
    const offer = await site.offer(id, visitor);
    if (offer !== undefined) return offer;
  }
  return undefined;
}

/** The page before a login elsewhere: a person reads where it leads, and goes there by a link. */
export function offered(
  { upstream, location, scopes }: LoginOffer,
  { name, title }: { readonly name: string; readonly title?: string },
): Markup {
  const { host } = new URL(location);
  return html`<h1>Sign in for ${upstream}</h1>
<p>A call of yours needs the server <strong>${upstream}</strong>, which wants to know who you are. You sign in at
<strong>${host}</strong> and allow ${title ?? name} to use ${upstream} in your name. Your login is kept here,
encrypted, and is used for your calls alone.</p>
${scopes.length === 0 ? '' : html`<p>It is asked for: <strong>${scopes.join(' ')}</strong>.</p>`}
<p>Go on only if you asked for this just now.</p>
<p><a href="${location}">Sign in at ${host}</a></p>`;
}

/** The page after it. */
export function finished(): Markup {
  return html`<h1>You are signed in</h1><p>The call goes on. You can close this page.</p>`;
}
