import type { IncomingMessage, ServerResponse } from 'node:http';
import { canonicalJson } from '../protocol/canonical.ts';
import { createApprovalBook } from '../approvals/book.ts';
import { createGrantBook } from '../approvals/grants.ts';
import { takeNotes } from '../approvals/grant-record.ts';
import type { ApprovalRules, LoginRules } from '../approvals/rules.ts';
import type { LoginSite, PageVisitor } from '../capabilities/lent.ts';
import { createSwitches, type Switches } from '../controls/kill-switch/register.ts';
import { isOn, type Settings } from '../pipeline/settings.ts';
import type { PageRoute, PageRoutes } from '../server/http/pages.ts';
import { createCookieJar } from './cookies.ts';
import { Desk } from './decide.ts';
import { readForm } from './form.ts';
import { pageHeaders } from './headers.ts';
import { createLogin, type Wanted } from './login.ts';
import { page, plainPage, type Signed } from './page.ts';
import { createSessions, type Session } from './session.ts';
import { finished, findOffer, offered } from './upstream-login.ts';
import { html } from 'hono/html';

/** What the page works with. */
export interface ApprovalPageParts {
  readonly settings: Settings;
  readonly rules: ApprovalRules;
  readonly login: LoginRules;
  /** Address of the page. */
  readonly address: string;
  readonly clientSecret: () => Promise<string | undefined>;
  /** Logins elsewhere that people are led through, by the id of an upstream. */
  readonly logins: ReadonlyMap<string, LoginSite>;
  readonly log: (detail: string) => void;
}

/** One answer of the page. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

const ID = /^[A-Za-z0-9_-]{22}$/;
/** Sign-ins a minute, and at once, from one address. */
const LOGINS = { perMinute: 60, burst: 30 };

/**
 * The approval page: what would run, and a yes or no. It has its own login, and nothing that a model holds (a token, an
 * argument, a header of the protocol) counts here.
 */
export function createApprovalPage(parts: ApprovalPageParts): PageRoutes {
  const site = new Site(parts);
  const { path } = site;
  const upstreams = [...parts.logins].map(([id, elsewhere]): readonly [string, PageRoute] => [
    `GET ${path}/upstream/${id}/callback`,
    (request, response) => site.serve(request, response, elsewhere),
  ]);
  return new Map<string, PageRoute>([
    ...upstreams,
    [`GET ${path}`, (request: IncomingMessage, response: ServerResponse) => site.serve(request, response, 'show')],
    [`POST ${path}`, (request: IncomingMessage, response: ServerResponse) => site.serve(request, response, 'decide')],
    [
      `GET ${path}/callback`,
      (request: IncomingMessage, response: ServerResponse) => site.serve(request, response, 'callback'),
    ],
    [
      `POST ${path}/leave`,
      (request: IncomingMessage, response: ServerResponse) => site.serve(request, response, 'leave'),
    ],
  ]);
}

class Site {
  readonly path: string;
  readonly #origin: string;
  readonly #parts: ApprovalPageParts;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #jar;
  readonly #sessions;
  readonly #login;
  readonly #desk: Desk;
  readonly #switches: Switches;

  constructor(parts: ApprovalPageParts) {
    const { settings, rules, login, address, clientSecret } = parts;
    const url = new URL(address);
    const isSecure = url.protocol === 'https:';
    this.path = url.pathname;
    this.#origin = url.origin;
    this.#parts = parts;
    this.#headers = pageHeaders(isSecure);
    this.#jar = createCookieJar(isSecure, url.pathname);
    // Whether somebody approves is decided at the sign-in: with other approvers it has to be decided anew.
    const approvers = canonicalJson(rules.approvers);
    const audience = [address, login.issuer, login.clientId, approvers];
    this.#sessions = createSessions(settings.sealer, settings.store, audience);
    this.#login = createLogin({
      rules,
      login,
      sealer: settings.sealer,
      redirectUri: `${address}/callback`,
      clientSecret,
    });
    this.#switches = createSwitches(settings.store, settings.sealer);
    this.#desk = new Desk({
      rules,
      recorder: settings.recorder,
      approvals: createApprovalBook(settings.store, settings.sealer, settings.limits.approvalMs),
      grants: createGrantBook(settings.store, settings.sealer),
      store: settings.store,
      path: url.pathname,
    });
  }

  /** Never rejects: a fault is a page that says so, and a line in the operator's log. */
  async serve(request: IncomingMessage, response: ServerResponse, action: Action): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(request, action);
    } catch (error) {
      this.#parts.log(error instanceof Error ? `${error.name}: ${error.message}` : 'a value was thrown');
      answer = { status: 500, body: await plainPage('Something failed', 'Nothing was decided. Try again shortly.') };
    }
    if (response.headersSent || response.destroyed) return;
    if (!request.complete) {
      response.shouldKeepAlive = false;
      response.once('finish', () => request.destroy());
    }
    const body = Buffer.from(answer.body);
    response.writeHead(answer.status, { ...this.#headers, ...copied(answer.headers), 'Content-Length': body.length });
    response.end(body);
  }

  #answer(request: IncomingMessage, action: Action): Promise<Answer> {
    if (!this.#isOwn(request)) return refusal(403, 'The request came from another site.');
    if (typeof action !== 'string') return this.#finishElsewhere(request, action);
    switch (action) {
      case 'show':
        return this.#show(request);
      case 'callback':
        return this.#callback(request);
      case 'decide':
        return this.#decide(request);
      case 'leave':
        return this.#leave(request);
    }
  }

  /** A form is taken from a page of this origin alone; a browser says where one comes from, and cannot be made to lie. */
  #isOwn({ method, headers }: IncomingMessage): boolean {
    if (method !== 'POST') return true;
    const site = headers['sec-fetch-site'];
    return headers.origin === this.#origin && (site === undefined || site === 'same-origin');
  }

  async #show(request: IncomingMessage): Promise<Answer> {
    const wanted = wantedOf(request.url ?? '');
    if (wanted === undefined) return this.#unknown(undefined);
    const session = await this.#session(request);
    if (session === undefined) return this.#signIn(wanted);
    if (await this.#isOff(session)) return refusal(403, 'The operator has disabled this account, or this server.');
    const { settings } = this.#parts;
    if (wanted.kind === 'upstream') return this.#offerElsewhere(session, wanted.id);
    await takeNotes(settings.store, settings.sealer, settings.recorder);
    const content = await this.#desk.show(session.viewer, wanted, this.#sessions.formToken(session, wanted.id));
    if (content === undefined) return this.#unknown(session);
    return { status: 200, body: await page('Approvals', content, this.#signed(session)) };
  }

  /** A login elsewhere: for the person who began it by a call of theirs, and for nobody else. */
  async #offerElsewhere(session: Session, id: string): Promise<Answer> {
    const offer = await findOffer(this.#parts.logins, id, visitorOf(session));
    if (offer === undefined) return this.#unknown(session);
    const content = offered(offer, this.#parts.settings.catalog.server);
    const body = await page('Sign in', content, this.#signed(session));
    return { status: 200, body, headers: { 'Set-Cookie': [this.#jar.set('upstream', offer.value, offer.seconds)] } };
  }

  async #finishElsewhere(request: IncomingMessage, site: LoginSite): Promise<Answer> {
    const limited = await this.#limit(request);
    if (limited !== undefined) return limited;
    const headers = { 'Set-Cookie': [this.#jar.clear('upstream')] };
    try {
      const value = this.#jar.read(request.headers.cookie, 'upstream');
      const isSignedIn = async (visitor: PageVisitor) =>
        (await this.#sessions.isLive(visitor)) && !(await this.#isDisabled(visitor.id));
      await site.finish(queryOf(request.url ?? ''), value, isSignedIn);
      return { status: 200, body: await page('Signed in', finished()), headers };
    } catch (error) {
      this.#parts.log(`a login at an upstream failed: ${error instanceof Error ? error.message : 'unknown'}`);
      const { body } = await refusal(400, 'The login did not work. Make the call again, and open its new address.');
      return { status: 400, body, headers };
    }
  }

  async #limit(request: IncomingMessage): Promise<Answer | undefined> {
    const { store } = this.#parts.settings;
    const rate = await store.rate(`page-login:${request.socket.remoteAddress ?? ''}`, LOGINS.perMinute, LOGINS.burst);
    return rate.waitMs > 0 ? refusal(429, 'Too many sign-ins from here. Try again shortly.') : undefined;
  }

  async #signIn(wanted: Wanted): Promise<Answer> {
    const { location, value, seconds } = await this.#login.begin(wanted);
    const headers = { Location: location, 'Set-Cookie': [this.#jar.set('login', value, seconds)] };
    return { status: 303, body: '', headers };
  }

  async #callback(request: IncomingMessage): Promise<Answer> {
    const limited = await this.#limit(request);
    if (limited !== undefined) return limited;
    try {
      const value = this.#jar.read(request.headers.cookie, 'login');
      const { viewer, wanted } = await this.#login.finish(queryOf(request.url ?? ''), value);
      // A session is made anew at each sign-in: one that was there before is not taken over.
      const opened = this.#sessions.open(viewer);
      const target = addressOf(this.path, wanted);
      const cookies = [this.#jar.set('session', opened.value, opened.seconds), this.#jar.clear('login')];
      // The `Strict` cookie comes along only from a page of this site, so the browser goes on from here, not by a redirect.
      const content = html`<h1>You are signed in</h1><p><a href="${target}">Go on</a></p>`;
      const body = await page('Signed in', content, undefined, target);
      return { status: 200, body, headers: { 'Set-Cookie': cookies } };
    } catch (error) {
      this.#parts.log(`a sign-in to the approval page failed: ${error instanceof Error ? error.message : 'unknown'}`);
      const { body } = await refusal(400, 'The sign-in did not work. Open the address of the request again.');
      return { status: 400, body, headers: { 'Set-Cookie': [this.#jar.clear('login')] } };
    }
  }

  async #decide(request: IncomingMessage): Promise<Answer> {
    const session = await this.#session(request);
    if (session === undefined || (await this.#isOff(session)))
      return refusal(403, 'You are not signed in any more. Open the request again.');
    const form = await readForm(request);
    const id = form?.get('id') ?? '';
    const isToken = this.#sessions.isFormToken(session, id, form?.get('token') ?? '');
    if (form === undefined || !ID.test(id) || !isToken)
      return refusal(403, 'The form is not valid. Open the request again.');
    const decision = form.get('decision');
    if (decision !== 'approve' && decision !== 'deny') return refusal(400, 'Say approve or deny.');
    const outcome = await this.#desk.decide(session.viewer, id, decision, form.get('reason') ?? '');
    if (outcome.kind === 'unknown') return this.#unknown(session);
    if (outcome.kind === 'refused') return refusal(outcome.status, outcome.text, this.#signed(session));
    return { status: 303, body: '', headers: { Location: outcome.location } };
  }

  async #leave(request: IncomingMessage): Promise<Answer> {
    const session = await this.#session(request);
    const form = await readForm(request);
    if (session === undefined || !this.#sessions.isFormToken(session, 'leave', form?.get('token') ?? ''))
      return refusal(403, 'The form is not valid.');
    await this.#sessions.end(session);
    const body = await plainPage('Signed out', 'You can close this page.');
    return { status: 200, body, headers: { 'Set-Cookie': [this.#jar.clear('session')] } };
  }

  #session(request: IncomingMessage): Promise<Session | undefined> {
    return this.#sessions.read(this.#jar.read(request.headers.cookie, 'session'));
  }

  /** Whoever is switched off decides nothing. A register that cannot be believed throws, and nothing is decided. */
  #isOff({ viewer }: Session): Promise<boolean> {
    return this.#isDisabled(viewer.id);
  }

  async #isDisabled(principal: string): Promise<boolean> {
    if (!isOn(this.#parts.settings, 'kill-switch')) return false;
    const off = await this.#switches.list();
    return off.some(({ kind, name }) => kind === 'server' || (kind === 'principal' && name === principal));
  }

  #signed(session: Session): Signed {
    return {
      subject: session.viewer.subject,
      leave: `${this.path}/leave`,
      token: this.#sessions.formToken(session, 'leave'),
    };
  }

  /** INVARIANT: what is not there and what this person may not see have the same answer. */
  async #unknown(session: Session | undefined): Promise<Answer> {
    const signed = session === undefined ? undefined : this.#signed(session);
    const text = 'There is no such request, or it is not yours to see.';
    return { status: 404, body: await plainPage('Not found', text, signed) };
  }
}

/** What is asked of the page; a login elsewhere for whoever comes back from one. */
type Action = 'show' | 'decide' | 'callback' | 'leave' | LoginSite;

async function refusal(status: number, text: string, signed?: Signed): Promise<Answer> {
  return { status, body: await plainPage('Not done', text, signed) };
}

/** What the address asks for; `undefined` when it is malformed. */
function wantedOf(url: string): Wanted | undefined {
  const query = new URLSearchParams(queryOf(url));
  const named = WANTED.flatMap(([name, kind]) => query.getAll(name).map((id) => ({ kind, id })));
  const [only] = named;
  if (only === undefined) return { kind: 'list', id: '' };
  return named.length === 1 && ID.test(only.id) ? only : undefined;
}

/** Parameters of the page's address, and what each names. */
const WANTED = [
  ['id', 'call'],
  ['grant', 'grant'],
  ['upstream', 'upstream'],
] as const;

function visitorOf({ viewer, sid, since, expires }: Session): PageVisitor {
  return { id: viewer.id, sid, since, expires };
}

function addressOf(path: string, { kind, id }: Wanted): string {
  if (kind === 'list') return path;
  return `${path}?${WANTED.find(([, each]) => each === kind)?.[0] ?? 'id'}=${id}`;
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}

function copied(headers: Answer['headers'] = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}
