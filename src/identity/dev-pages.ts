import { html, raw } from 'hono/html';
import type { DevUser } from './dev-options.ts';
import { STYLE, STYLE_SOURCE } from './dev-style.ts';
import { isLoopbackHost } from './resource.ts';

/** A page with the headers that it must be sent with. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Markup = ReturnType<typeof html>;

/** What every form needs. */
export interface FormState {
  /** Value of the `csrf` field. */
  readonly csrf: string;
  /** Where the client wants the answer; the form may lead there and nowhere else. */
  readonly redirectUri: string;
}

/** What the sign-in page shows. */
export interface SignIn extends FormState {
  readonly users: readonly DevUser[];
  readonly clientName: string;
  readonly failed: boolean;
}

/** What the consent page shows. */
export interface Consent extends FormState {
  readonly clientName: string;
  readonly clientId: string;
  readonly resource: string;
  readonly user: string;
  /** Scopes to be allowed now, and those allowed before, each with its sentence. */
  readonly asked: readonly (readonly [scope: string, description: string])[];
  readonly allowed: readonly (readonly [scope: string, description: string])[];
  /** Whether the client can stay connected by a refresh token. */
  readonly stays: boolean;
}

const SHIELD = raw(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true">' +
    '<path d="M5 21V10a7 7 0 0 1 14 0v11M9 21V8M15 21V8M5 13h14M5 17h14M3 21h18"/></svg>',
);

/** Sign-in by demo account or by name and password. */
export function signInPage(state: SignIn): Promise<Page> {
  const people = state.users.map(
    ({ name, password }) => html`<li class="person">
<i aria-hidden="true">${name.slice(0, 1).toUpperCase()}</i>
<div><span>${name}</span><code>${password}</code></div>
${form(
  state,
  html`<input type="hidden" name="name" value="${name}"><input type="hidden" name="password" value="${password}">
<button name="action" value="login" aria-label="Sign in as ${name}">Sign in</button>`,
)}</li>`,
  );
  return page(
    'Sign in',
    state.redirectUri,
    html`<h1>Sign in</h1>
<p class="soft">to continue to ${state.clientName}</p>
${state.failed ? html`<p class="bad" role="alert">That name and password do not match.</p>` : ''}
<h2>Demo users and their passwords</h2><ul>${people}</ul>
<h2>Or type a name and password</h2>
${form(
  state,
  html`<label>Name<input name="name" autocomplete="username" autocapitalize="none" required></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<div class="row"><button class="go" name="action" value="login">Sign in</button>
<button name="action" value="deny" formnovalidate>Cancel</button></div>`,
)}`,
  );
}

/** Consent for one client, one server and the scopes named. */
export function consentPage(state: Consent): Promise<Page> {
  const { hostname, host } = new URL(state.redirectUri);
  const again = state.allowed.length > 0 && state.asked.length > 0;
  return page(
    'Allow access',
    state.redirectUri,
    html`<h1>${state.clientName} asks for ${again ? 'more ' : ''}access</h1>
<dl><dt>To</dt><dd>${state.resource}</dd>
<dt>As</dt><dd>${state.user}</dd>
<dt>Returns to</dt><dd><strong>${host}</strong></dd>
<dt>Client ID</dt><dd>${state.clientId}</dd></dl>
${
  isLoopbackHost(hostname)
    ? html`<p class="note">The answer goes to a program on this computer, and any program here can claim to be
${state.clientName}. Allow it only if you have just started it yourself.</p>`
    : ''
}
${scopeList(again ? 'It will also be able to' : 'It will be able to', state.asked)}
${scopeList('You have allowed already', state.allowed)}
${state.stays ? html`<p class="soft">It can stay connected for a day without asking again.</p>` : ''}
${form(
  state,
  html`<div class="row"><button class="go" name="action" value="allow">Allow</button>
<button name="action" value="deny">Refuse</button></div>
<button class="link" name="action" value="switch">Use another account</button>`,
)}`,
  );
}

/** What a person sees when the request cannot go on. */
export function errorPage(status: number): Promise<Page> {
  return page(
    'The request cannot go on',
    undefined,
    html`<h1>The request cannot go on</h1>
<p>${
      status >= 500
        ? 'The authorization server has failed. Start again from your application.'
        : 'It is malformed, not permitted, or too old. Start again from your application.'
    }</p>
<p class="soft">Status ${status}</p>`,
  );
}

function scopeList(title: string, scopes: readonly (readonly [string, string])[]): Markup | string {
  if (scopes.length === 0) return '';
  const items = scopes.map(([name, sentence]) => html`<li><span>${sentence}</span><code>${name}</code></li>`);
  return html`<h2>${title}</h2><ul>${items}</ul>`;
}

function form(state: FormState, content: Markup): Markup {
  return html`<form method="post"><input type="hidden" name="csrf" value="${state.csrf}">${content}</form>`;
}

async function page(title: string, redirectUri: string | undefined, content: Markup): Promise<Page> {
  const body = await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} - Portcullis</title><style>${raw(STYLE)}</style></head>
<body><main><header>${SHIELD}<span>Portcullis</span><b>development</b></header>${content}</main></body></html>`;
  return { headers: pageHeaders(redirectUri), body: String(body) };
}

/**
 * No script, no frame, no outside source. A form may lead to this server and to the client's redirect URI, because
 * browsers apply `form-action` to the redirects after a form as well.
 */
function pageHeaders(redirectUri: string | undefined): Readonly<Record<string, string>> {
  const target = redirectUri === undefined ? '' : ` ${formTarget(redirectUri)}`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${STYLE_SOURCE}`,
      `form-action 'self'${target}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'cache-control': 'no-store',
  };
}

/** The redirect URI as a source expression; the grammar of CSP has no IPv6 literals. */
function formTarget(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri);
  return hostname.startsWith('[') ? protocol : origin;
}
