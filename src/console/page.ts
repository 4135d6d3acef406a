import { html, raw } from 'hono/html';
import { STYLE } from './style.ts';

/** A piece of HTML whose values are escaped. */
export type Markup = ReturnType<typeof html>;

/** Who is signed in, and what ends that. */
export interface Signed {
  readonly subject: string;
  /** Path that the form posts to, and its token. */
  readonly leave: string;
  readonly token: string;
}

const SHIELD = raw(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true">' +
    '<path d="M5 21V10a7 7 0 0 1 14 0v11M9 21V8M15 21V8M5 13h14M5 17h14M3 21h18"/></svg>',
);

/** A whole page. `refresh` is a path of this host that the browser goes to by itself. */
export async function page(title: string, content: Markup, signed?: Signed, refresh?: string): Promise<string> {
  const body = await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
${refresh === undefined ? '' : html`<meta http-equiv="refresh" content="0;url=${refresh}">`}
<title>${title} - Portcullis</title><style>${raw(STYLE)}</style></head>
<body><main><header>${SHIELD}<span>Portcullis approvals</span>${signed === undefined ? '' : signedIn(signed)}</header>
${content}</main></body></html>`;
  return String(body);
}

function signedIn({ subject, leave, token }: Signed): Markup {
  return html`<form class="who" method="post" action="${leave}"><span>Signed in as ${subject}</span>
<input type="hidden" name="token" value="${token}"><button class="link">Sign out</button></form>`;
}

/** A page that says one thing. */
export function plainPage(title: string, text: string, signed?: Signed): Promise<string> {
  return page(title, html`<h1>${title}</h1><p>${text}</p>`, signed);
}
