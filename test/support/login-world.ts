import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import * as z from 'zod';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf } from '../../src/audit/judge.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import type { Capability, CapabilityContext } from '../../src/capabilities/capability.ts';
import type { OpenCredential } from '../../src/gateway/credentials/credential.ts';
import { openCredential } from '../../src/gateway/credentials/open.ts';
import type { CredentialOptions } from '../../src/gateway/credentials/options.ts';
import { startDevAuthorizationServer } from '../../src/identity/dev-authorization-server.ts';
import { serveHttp, tool, type Tool } from '../../src/index.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Era } from '../../src/protocol/versions.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import type { Deployment } from '../../src/server/deployment.ts';
import type { Host } from '../../src/server/host.ts';
import { server } from '../../src/server/server.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { Store } from '../../src/stores/store.ts';
import { obtain, openSignedIn, PEOPLE } from './approval-world.ts';
import { approve, openBrowser, type Browser, type Visit } from './browser.ts';
import { callUpstream, startUpstreamServer, urlAt } from './credential-world.ts';
import { atEnd, freePort } from './interop.ts';

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
  /** The credential that the first instance holds. */
  readonly credential: () => OpenCredential;
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
  readonly credential?: Partial<CredentialOptions>;
  readonly deployment?: Partial<Deployment>;
  /** Whether callers can sign in to a page; they can when absent. */
  readonly hasPage?: boolean;
  /** Life of the upstream's access tokens. */
  readonly seconds?: number;
  /** The URL of the upstream as the gateway has it, where it is another. */
  readonly upstream?: (real: string) => string;
}

/** Starts one; it ends with the test. */
export async function startLoginWorld(t: TestContext, options: LoginWorldOptions = {}): Promise<LoginWorld> {
  const [port, upstreamPort] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const page = `${origin}/approvals`;
  const real = urlAt(upstreamPort);
  const upstream = options.upstream?.(real) ?? real;
  const common = { profile: 'dev', host: '127.0.0.1', users: Object.values(PEOPLE) } as const;
  const scopes = { 'things:read': 'Read things.', 'things:write': 'Write things.' };
  const theirs = await startDevAuthorizationServer({
    ...common,
    resource: real,
    scopes,
    clients: [{ clientId: 'known', redirectUris: [`${page}/upstream/things/callback`] }],
    ...(options.seconds === undefined ? {} : { accessTokenSeconds: options.seconds }),
  });
  const ours = await startDevAuthorizationServer({
    ...common,
    resource: `${origin}/mcp`,
    scopes: { 'gateway:read': 'Read through the gateway.' },
    clients: [
      { clientId: 'approvals', name: 'Approvals', redirectUris: [`${page}/callback`] },
      { clientId: 'agent-1', redirectUris: ['http://127.0.0.1:8976/callback'] },
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
  const opened: OpenCredential[] = [];
  const credential = { kind: 'login', ...options.credential } as CredentialOptions;
  const start = async (at: number): Promise<Host> => {
    const host = await serveHttp(
      server({ name: 'gate', version: '1.0.0', tools: [through(upstream, credential, opened)] }),
      {
        profile: 'dev',
        store,
        keys,
        recorder,
        log: ({ message }) => void lines.push(message),
        auth: { issuers: [{ issuer: ours.issuer }] },
        ...(options.hasPage === false ? {} : { approvals: { issuer: ours.issuer, clientId: 'approvals' } }),
        ...options.deployment,
        http: { port: at, publicUrl: `${origin}/mcp`, ...(at === port ? {} : { allowedHosts: [] }) },
      },
    );
    atEnd(t, () => host.close());
    return host;
  };
  const host = await start(port);
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
    credential: () => opened[0] as OpenCredential,
    instance: () => start(0),
    async connect(name, { era = 'modern', url = true, host: other = host } = {}) {
      const token = tokens.get(name) ?? obtain(ours.issuer, `${origin}/mcp`, PEOPLE[name], 'agent-1', 'gateway:read');
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

/**
 * A tool that calls the upstream with what a credential gives, as the tools of a gateway do.
 * @param opened Takes each credential that is opened.
 * @param sent Takes the value of each `authorization` that is sent to the upstream.
 */
export function through(url: string, options: CredentialOptions, opened: OpenCredential[], sent: string[] = []): Tool {
  const upstream: Capability<{ call(thing: string): Promise<string> }> = {
    kind: 'upstream',
    declares: { upstream: 'things' },
    async open(runtime) {
      const credential = await openCredential('things', url, options, runtime);
      opened.push(credential);
      return {
        errand: (principal) => credential.errand?.(principal),
        grant: (context: CapabilityContext) => ({
          call: (thing) => {
            const call = () => send(url, credential, context.principal.id, thing, sent);
            return credential.during === undefined ? call() : credential.during(context, call);
          },
        }),
        close: () => credential.close(),
      };
    },
  };
  return tool({
    name: 'read',
    description: 'Reads a thing behind the gateway.',
    input: z.strictObject({ thing: z.string().max(64) }),
    output: z.strictObject({ who: z.string(), thing: z.string() }),
    scope: 'gateway:read',
    effect: 'read',
    needs: { upstream },
    limits: { concurrent: 32 },
    untrusted: ['thing'],
    async run({ thing }, ctx) {
      const text = await ctx.upstream.call(thing);
      const who = /"who":"([^"]*)"/.exec(text)?.[1] ?? '';
      return { who, thing: /"thing":"([^"]*)"/.exec(text)?.[1] ?? '' };
    },
  });
}

async function send(
  url: string,
  credential: OpenCredential,
  principal: string,
  thing: string,
  sent: string[],
): Promise<string> {
  for (let again = false; ; again = true) {
    const headers = await credential.headers(principal);
    sent.push(headers['authorization'] ?? '');
    const { status, text, challenge } = await callUpstream(url, headers, thing);
    if (status === 200) return text;
    const mayRepeat = (status === 401 || status === 403) && (await credential.refused(principal, status, challenge));
    if (again || !mayRepeat) throw new Error(`the upstream answered ${status}`);
  }
}
