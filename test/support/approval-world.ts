import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import * as z from 'zod';
import type { ApprovalOptions } from '../../src/approvals/rules.ts';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { startDevAuthorizationServer } from '../../src/identity/dev-authorization-server.ts';
import { tool, type Tool } from '../../src/index.ts';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import type { Era } from '../../src/protocol/versions.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import type { Deployment } from '../../src/server/deployment.ts';
import { serveHttp, type Host } from '../../src/server/host.ts';
import { server, type ServerOptions } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { approve, hiddenField, openBrowser, type Account, type Browser, type Visit } from './browser.ts';
import { atEnd, freePort } from './interop.ts';

/** People of the world, with their passwords. */
export const PEOPLE: Readonly<Record<'alice' | 'bob' | 'carol', Account>> = {
  alice: { name: 'alice', password: 'wonderland' },
  bob: { name: 'bob', password: 'builder-1' },
  carol: { name: 'carol', password: 'christmas' },
};

type Name = keyof typeof PEOPLE;

/** A server with an approval page, an authorization server that people sign in to, and what was done. */
export interface ApprovalWorld {
  readonly host: Host;
  /** Address of the page. */
  readonly page: string;
  readonly origin: string;
  /** Every effect that a handler had, in order. */
  readonly effects: readonly string[];
  readonly events: readonly AuditEvent[];
  /** Another instance on the same store and keys. */
  instance(more?: Partial<Deployment>, options?: Partial<ServerOptions>): Promise<Host>;
  token(name: Name, clientId?: string): Promise<string>;
  connect(name: Name, options?: ConnectAs): Promise<Connection>;
  /** A browser in which a person has signed in to the page. */
  signIn(name: Name, url?: string): Promise<{ readonly browser: Browser; readonly shown: Visit }>;
  /** Signs in and decides on what the address names; gives the page after it. */
  decide(name: Name, url: string, decision: 'approve' | 'deny', reason?: string): Promise<Visit>;
}

/** How somebody connects. */
export interface ConnectAs {
  readonly era?: Era;
  readonly capabilities?: JsonObject;
  readonly clientId?: string;
  readonly host?: Host;
}

/** How a world differs from the plain one. */
export interface WorldOptions {
  readonly approvals?: Partial<ApprovalOptions>;
  readonly deployment?: Partial<Deployment>;
  readonly server?: Partial<ServerOptions>;
}

/** Where tokens are asked for from; nothing listens there. */
export const REDIRECT = 'http://127.0.0.1:8976/callback';
const CLIENTS = ['agent-1', 'agent-2'];

/** Starts one; it ends with the test. */
export async function startApprovalWorld(t: TestContext, options: WorldOptions = {}): Promise<ApprovalWorld> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const resource = `${origin}/mcp`;
  const page = `${origin}/approvals`;
  const authority = await startDevAuthorizationServer({
    profile: 'dev',
    host: '127.0.0.1',
    resource,
    scopes: { 'accounts:change': 'Change accounts.', 'accounts:read': 'Read accounts.' },
    users: Object.values(PEOPLE),
    clients: [
      { clientId: 'approvals', name: 'Approvals', redirectUris: [`${page}/callback`] },
      ...CLIENTS.map((clientId) => ({ clientId, redirectUris: [REDIRECT] })),
    ],
  });
  atEnd(t, () => authority.close());
  const effects: string[] = [];
  const events: AuditEvent[] = [];
  const recorder: Recorder = {
    append: async (event) => ({ index: events.push(event) - 1 }),
    note: (event) => void events.push(event),
    healthy: true,
    close: async () => undefined,
  };
  const common: Deployment = {
    profile: 'dev',
    store: createMemoryStore(),
    keys: [randomBytes(32)],
    recorder,
    auth: { issuers: [{ issuer: authority.issuer }] },
    approvals: { issuer: authority.issuer, clientId: 'approvals', ...options.approvals },
    ...options.deployment,
  };
  const start = async (more: Partial<Deployment>, declared: Partial<ServerOptions>): Promise<Host> => {
    const definition = server({ name: 'desk', version: '1.0.0', tools: deskTools(effects), ...declared });
    const host = await serveHttp(definition, {
      ...common,
      ...more,
      http: { port: 0, publicUrl: resource, ...options.deployment?.http, ...more.http },
    });
    atEnd(t, () => host.close());
    return host;
  };
  const host = await start({ http: { port } }, options.server ?? {});
  const tokens = new Map<string, string>();
  const token = async (name: Name, clientId = 'agent-1'): Promise<string> => {
    const key = `${name} ${clientId}`;
    const found = tokens.get(key) ?? (await obtain(authority.issuer, resource, PEOPLE[name], clientId));
    tokens.set(key, found);
    return found;
  };
  const signIn: ApprovalWorld['signIn'] = async (name, url = page) => {
    const browser = openBrowser();
    const shown = await openSignedIn(browser, url, PEOPLE[name]);
    return { browser, shown };
  };
  return {
    host,
    page,
    origin,
    effects,
    events,
    token,
    signIn,
    instance: (more = {}, declared = options.server ?? {}) => start(more, declared),
    async connect(name, { era = 'modern', capabilities = {}, clientId, host: other = host } = {}) {
      const url = new URL(other.url ?? '');
      return connectHttp({ url, era, token: await token(name, clientId), capabilities });
    },
    async decide(name, url, decision, reason = '') {
      const { browser, shown } = await signIn(name, url);
      return submit(browser, shown, { decision, reason });
    },
  };
}

/** Sends the form of a page with these fields beside its hidden ones, as the browser that shows it does. */
export async function submit(
  browser: Browser,
  shown: Visit,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  const { origin } = new URL(shown.url);
  const form = /<form class="decide"[\s\S]*?<\/form>/.exec(shown.body)?.[0] ?? '';
  const hidden = { token: hiddenField(form, 'token'), id: hiddenField(form, 'id') };
  const answer = await browser.visit(`${origin}/approvals`, { ...hidden, ...fields }, { origin, ...headers });
  return answer.location === undefined ? answer : browser.visit(answer.location);
}

/** Opens an address of the page, signing in on the way. */
export async function openSignedIn(browser: Browser, url: string, account: Account): Promise<Visit> {
  const first = await browser.visit(url);
  if (first.status !== 303 || first.location === undefined) return first;
  const callback = await approve(browser, first.location, account);
  const { origin } = new URL(url);
  const landed = await browser.visit(`${origin}/approvals/callback?${callback.toString()}`);
  const next = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(landed.body)?.[1];
  return next === undefined ? landed : browser.visit(new URL(next.replaceAll('&amp;', '&'), origin).href);
}

/** Signs someone in at the development authorization server, as a client that is known there, and gives the token. */
export async function obtain(
  issuer: string,
  resource: string,
  account: Account,
  clientId: string,
  scope = 'accounts:change accounts:read',
): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(`${issuer}/authorize`);
  for (const [name, value] of Object.entries({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope,
    resource,
    state: 'x',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }))
    url.searchParams.set(name, value);
  const callback = await approve(openBrowser(), url.href, account);
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.get('code') ?? '',
      redirect_uri: REDIRECT,
      client_id: clientId,
      code_verifier: verifier,
      resource,
    }),
  });
  const body: unknown = await response.json();
  assert.ok(isObject(body) && typeof body['access_token'] === 'string', JSON.stringify(body));
  return body['access_token'];
}

function deskTools(effects: string[]): readonly Tool[] {
  const changing = (name: string, effect: 'destructive' | 'critical'): Tool =>
    tool({
      name,
      title: `The tool ${name}`,
      description: 'Changes an account.',
      input: z.strictObject({
        account: z.int().min(1).max(9_999),
        note: z.string().max(50_000).default('none'),
      }),
      output: z.strictObject({ done: z.string() }),
      scope: 'accounts:change',
      effect,
      untrusted: ['account'],
      run({ account }) {
        effects.push(`${name} ${account}`);
        return { done: `${name} ${account}` };
      },
    });
  const merge = tool({
    name: 'merge',
    description: 'Merges an account into another.',
    input: z.strictObject({ account: z.int().min(1).max(9_999) }),
    output: z.strictObject({ done: z.string() }),
    scope: 'accounts:change',
    effect: 'critical',
    asks: ['elicitation'],
    untrusted: ['account'],
    async run({ account }, { elicit }) {
      const schema = z.strictObject({ account: z.int() });
      const answer = await elicit({ key: 'into', message: 'Into which?', schema });
      const done = answer.action === 'accept' ? `merge ${account} into ${answer.content.account}` : 'nothing';
      effects.push(done);
      return { done };
    },
  });
  return [changing('refund', 'destructive'), changing('close', 'critical'), merge];
}

/** Calls a tool; further members of the parameters go beside. */
export function callTool(
  connection: Connection,
  name: string,
  args: JsonObject,
  more: JsonObject = {},
): Promise<Reply> {
  return connection.request('tools/call', { name, arguments: args, ...more });
}

/** The address in a question or a refusal that sends the person to the page. */
export function addressIn(reply: Reply): string {
  const asked = resultOf(reply)?.['inputRequests'];
  const [first] = isObject(asked) ? Object.values(asked) : [];
  const params = isObject(first) && isObject(first['params']) ? first['params'] : {};
  if (typeof params['url'] === 'string') return params['url'];
  return /http:\/\/127\.0\.0\.1:\d+\/approvals\?id=[\w-]{22}/.exec(textOf(reply))?.[0] ?? '';
}

/** What a finished call gave; `undefined` for one that was not done. */
export function doneIn(reply: Reply): unknown {
  const result = resultOf(reply)?.['structuredContent'];
  return isObject(result) ? result['done'] : undefined;
}

/** What a client that shows addresses, and one that shows forms, declares. */
export const URL_CLIENT: ConnectAs = { capabilities: { elicitation: { url: {} } } };
export const FORM_CLIENT: ConnectAs = { capabilities: { elicitation: { form: {} } } };

/** The answer of a person who says yes. */
export const YES: JsonObject = { 'portcullis/approval': { action: 'accept', content: { approve: true } } };

/** The state of a round that asks. */
export function stateOf(reply: Reply): unknown {
  const result = resultOf(reply);
  assert.equal(result?.['resultType'], 'input_required', reply.text);
  return result['requestState'];
}

/** What the next round brings. */
export function answered(requestState: unknown, inputResponses: JsonObject = YES): JsonObject {
  return { requestState, inputResponses };
}
