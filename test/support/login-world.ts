import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import type { OpenCredential } from '../../src/gateway/credentials/credential.ts';
import { createGateway } from '../../src/gateway/definition.ts';
import type { LoginCredential } from '../../src/gateway/credentials/options.ts';
import { createSealer } from '../../src/pipeline/seal.ts';
import { startDevAuthorizationServer } from '../../src/identity/dev-authorization-server.ts';
import { serveHttp } from '../../src/index.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Era } from '../../src/protocol/versions.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import type { Deployment } from '../../src/server/deployment.ts';
import type { Host } from '../../src/server/host.ts';
import type { ServerDefinition } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { obtain, openSignedIn, PEOPLE, REDIRECT } from './approval-world.ts';
import { approve, openBrowser, type Browser, type Visit } from './browser.ts';
import { createCredentialWorld, startUpstreamServer, urlAt } from './credential-world.ts';
import { atEnd, freePort } from './interop.ts';
import { pinUrls } from './url-gateway.ts';

type Name = keyof typeof PEOPLE;

/** A gateway whose callers log in at an upstream themselves, with both authorization servers. */
export interface LoginWorld {
  readonly host: Host;
  readonly page: string;
  readonly origin: string;
  readonly store: Store;
  /** Issuer of the upstream, and of the gateway. */
  readonly upstreamIssuer: string;
  readonly issuer: string;
  readonly upstream: string;
  readonly lines: readonly string[];
  readonly events: readonly AuditEvent[];
  /** The credential as one more instance holds it. */
  readonly credential: OpenCredential;
  /** The same as yet one more instance holds it. */
  another(): Promise<OpenCredential>;
  instance(): Promise<Host>;
  connect(
    name: Name,
    options?: { readonly era?: Era; readonly url?: boolean; readonly host?: Host },
  ): Promise<Connection>;
  /** Opens the address of an errand as somebody. */
  visit(name: Name, url: string): Promise<{ readonly browser: Browser; readonly shown: Visit }>;
  /** Goes through the login at the upstream as somebody, in a browser: the page that it ends on. */
  login(browser: Browser, shown: Visit, as: Name): Promise<Visit>;
}

/** How a world differs. */
export interface LoginWorldOptions {
  readonly credential?: Partial<LoginCredential>;
  readonly deployment?: Partial<Deployment>;
  /** Whether callers can sign in to a page; they can when absent. */
  readonly hasPage?: boolean;
  /** Life of the upstream's access tokens. */
  readonly seconds?: number;
}

/** Starts one; it ends with the test. */
export async function startLoginWorld(t: TestContext, options: LoginWorldOptions = {}): Promise<LoginWorld> {
  const [port, upstreamPort] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const page = `${origin}/approvals`;
  const upstream = urlAt(upstreamPort);
  const common = { profile: 'dev', host: '127.0.0.1', users: Object.values(PEOPLE) } as const;
  const scopes = { 'things:read': 'Read things.', 'things:write': 'Write things.' };
  const theirs = await startDevAuthorizationServer({
    ...common,
    resource: upstream,
    scopes,
    clients: [
      { clientId: 'known', redirectUris: [`${page}/upstream/things/callback`] },
      { clientId: 'operator', redirectUris: [REDIRECT] },
    ],
    ...(options.seconds === undefined ? {} : { accessTokenSeconds: options.seconds }),
  });
  const ours = await startDevAuthorizationServer({
    ...common,
    resource: `${origin}/mcp`,
    scopes: { 'things:read': 'Read through the gateway.' },
    clients: [
      { clientId: 'approvals', name: 'Approvals', redirectUris: [`${page}/callback`] },
      { clientId: 'agent-1', redirectUris: [REDIRECT] },
    ],
  });
  atEnd(t, () => Promise.all([theirs.close(), ours.close()]).then(() => undefined));
  await startUpstreamServer(t, upstreamPort, theirs.issuer);
  const lines: string[] = [];
  const events: AuditEvent[] = [];
  const recorder: Recorder = {
    append: (event) => Promise.resolve({ index: events.push(event) - 1 }),
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
  const store = createMemoryStore();
  const keys = [randomBytes(32)];
  const credential: LoginCredential = { kind: 'login', ...options.credential };
  const definition = await gatewayOf(t, upstream, theirs.issuer, credential);
  const start = async (at: number): Promise<Host> => {
    const host = await serveHttp(definition, {
      profile: 'dev',
      store,
      keys,
      recorder,
      log: ({ message }) => void lines.push(message),
      auth: { issuers: [{ issuer: ours.issuer }] },
      ...(options.hasPage === false ? {} : { approvals: { issuer: ours.issuer, clientId: 'approvals' } }),
      ...options.deployment,
      http: { port: at, publicUrl: `${origin}/mcp`, ...(at === port ? {} : { allowedHosts: [] }) },
    });
    atEnd(t, () => host.close());
    return host;
  };
  const host = await start(port);
  const other = await createCredentialWorld(t, {}, { store });
  const lent = { ...(other.runtime.lent ?? assert.fail()), sealer: createSealer(keys), page };
  const tokens = new Map<Name, Promise<string>>();
  return {
    host,
    page,
    origin,
    store,
    issuer: ours.issuer,
    upstreamIssuer: theirs.issuer,
    upstream,
    lines,
    events,
    credential: await other.open(upstream, credential, { lent }),
    another: () => other.open(upstream, credential, { lent }),
    instance: () => start(0),
    async connect(name, { era = 'modern', url = true, host: other = host } = {}) {
      const token = tokens.get(name) ?? obtain(ours.issuer, `${origin}/mcp`, PEOPLE[name], 'agent-1', 'things:read');
      tokens.set(name, token);
      const capabilities: JsonObject = url ? { elicitation: { url: {} } } : {};
      return connectHttp({ url: new URL(other.url ?? ''), era, token: await token, capabilities });
    },
    async visit(name, url) {
      const browser = openBrowser();
      return { browser, shown: await openSignedIn(browser, url, PEOPLE[name]) };
    },
    async login(browser, shown, as) {
      const answer = await approve(browser, linkIn(shown), PEOPLE[as]);
      return browser.visit(`${page}/upstream/things/callback?${answer.toString()}`);
    },
  };
}

/** Where the page before a login leads. */
export function linkIn({ body }: Visit): string {
  return (/<a href="([^"]+)">Sign in at/.exec(body)?.[1] ?? '').replaceAll('&amp;', '&');
}

/** The address that a call sends a person to. */
export function errandIn(reply: Reply): string {
  const found = /http:\/\/127\.0\.0\.1:\d+\/approvals\?upstream=[\w-]{22}/.exec(
    JSON.stringify(resultOf(reply) ?? reply.text),
  );
  return found?.[0] ?? '';
}

/** A gateway in front of an upstream, pinned with a token of the operator's. */
async function gatewayOf(
  t: TestContext,
  url: string,
  issuer: string,
  credential: LoginCredential,
): Promise<ServerDefinition> {
  const token = await obtain(issuer, url, PEOPLE.carol, 'operator', 'things:read');
  const world = await createCredentialWorld(t, { look: token });
  const tools = { read: { effect: 'read' } } as const;
  const pinned = await pinUrls(
    { things: { url, credential: { kind: 'secret', secret: 'look' }, tools } },
    world.runtime,
  );
  const { things } = pinned.ready;
  assert.ok(things !== undefined);
  const { definition, held } = createGateway('gate', pinned.lock, {
    things: { ...things, options: { url, credential, tools } },
  });
  assert.deepEqual(held, []);
  return definition;
}
