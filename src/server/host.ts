import type { Readable, Writable } from 'node:stream';
import { takeNotes } from '../approvals/grant-record.ts';
import { configure as configureChallenge, type Challenge } from '../controls/authorization-challenge/control.ts';
import { configure as configureHygiene } from '../controls/stdio-hygiene/control.ts';
import { endPageSessions } from '../console/session.ts';
import { configure as configureTokens } from '../controls/token-validation/control.ts';
import { createSwitches, type Switches } from '../controls/kill-switch/register.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { DEFAULT_LIMITS } from '../pipeline/limits.ts';
import type { HttpSettings, Settings } from '../pipeline/settings.ts';
import { createSettings, prepare, servesLegacy, startFacts, type Base } from './base.ts';
import type { Deployment } from './deployment.ts';
import { createHandler, type HttpHandler, type PublicRoutes } from './http/handler.ts';
import { listen, type Listening } from './http/listen.ts';
import type { PageRoutes } from './http/pages.ts';
import { publicRoutes } from './http/public-routes.ts';
import { createReply } from './http/reply.ts';
import { resolveHttp } from './http/settings.ts';
import { createLegacyHttp } from './legacy/http.ts';
import { createLegacyStdio } from './legacy/stdio.ts';
import { openEngine, type Generation, type Lasting, type OpenEngine } from './open.ts';
import { createReload, type Reload } from './reload.ts';
import { REVOCATIONS } from './revocations.ts';
import { createSuccession, type Succession } from './replace.ts';
import { createReloadPolicies } from './rules.ts';
import type { ServerDefinition } from './server.ts';
import { checkStart } from './start.ts';
import { serveStdio } from './stdio.ts';
import type { Subscriptions } from './subscriptions.ts';

/** A running server. */
export interface Host {
  /** The endpoint's URL as bound; absent on stdio and Unix sockets. */
  readonly url: string | undefined;
  readonly settings: Settings;
  /** Tells subscribers of a change that did not come of a call. */
  readonly changed: Subscriptions['publish'];
  /**
   * Ends every stream and session of a principal and refuses the tokens that it has, here at once and in every instance
   * on the same store. Rejects when the others cannot be told.
   */
  revoke(principalId: string): Promise<void>;
  /** Switches tools, clients, principals or the server off and on, here and in every instance on the same store. */
  readonly switches: Switches;
  /**
   * Changes what can be changed while serving, all at once.
   * @throws TypeError that says what to mend; nothing is changed then.
   */
  reconfigure(next: Reload): void;
  /**
   * Serves other definitions in the place of those that it was started with, whole, from the next request on. Requests in
   * progress end with what they began with; nothing that is counted, held or open starts anew.
   * Rejects with a TypeError that says what to mend; nothing is changed then.
   */
  readonly replace: Succession['replace'];
  /** Takes away what is meant, at once and whatever else fails; gives what it was. */
  readonly withdraw: Succession['withdraw'];
  /**
   * Puts the policies that are in their folder now in force, whole.
   * Rejects with a TypeError that says what to mend; those before it stay in force then.
   */
  reloadPolicies(): Promise<void>;
  /** Resolves when a stdio input has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 5_000;

async function recordStart(settings: Settings, { insecure, manifest }: Base): Promise<void> {
  const { recorder, catalog } = settings;
  const time = Date.now();
  await recorder.append({
    time,
    kind: 'start',
    request: '-',
    target: catalog.server.name,
    after: settings.versions.join(' '),
    ...(manifest?.problems.length === 0 ? { detail: 'manifest: verified' } : {}),
  });
  for (const name of insecure) await recorder.append({ time, kind: 'weakened', request: '-', target: name });
  for (const { where, class: kind, path, before, after } of manifest?.drift ?? []) {
    await recorder.append({
      time,
      kind: 'drift',
      request: '-',
      target: where,
      detail: `${kind} ${path}`,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
}

async function recordStop({ recorder, catalog }: Settings): Promise<void> {
  await recorder.append({ time: Date.now(), kind: 'stop', request: '-', target: catalog.server.name });
}

/**
 * Serves a declared server over HTTP.
 * @throws TypeError that lists what must be mended before it may start; Error when it cannot listen.
 */
export async function serveHttp(definition: ServerDefinition, deployment: Deployment): Promise<Host> {
  const base = prepare(definition, deployment);
  const options = deployment.http ?? {};
  checkStart(startFacts(base, resolveHttp(options, options.port ?? 0)), base.weakened);
  let handler: HttpHandler | undefined;
  const listening = await listen(options, base.limits, () => (request, response) => {
    if (handler === undefined) response.writeHead(503, { 'Retry-After': '1' }).end();
    else handler(request, response);
  });
  try {
    const http = resolveHttp(options, listening.port);
    const authenticator = configureTokens(base.weakened, {
      resource: http.resource,
      issuers: deployment.auth?.issuers ?? [],
      clockSkewSeconds: deployment.auth?.clockSkewSeconds,
      hierarchy: definition.options.hierarchy,
    });
    const settings = createSettings(base, http, authenticator);
    const open = await openEngine(base, settings);
    const { engine, lasting, first } = open;
    const outside = async (generation: Generation): Promise<Outside> => ({
      challenge: configureChallenge(generation.settings),
      routes: publicRoutes(generation.settings, authenticator, deployment.auth, generation.lending.documents),
      pages: await openPages(generation, lasting),
    });
    let front = await outside(first);
    const reply = createReply(settings, engine.parts.errors, (denial) => front.challenge(denial));
    const legacy = servesLegacy(base) ? createLegacyHttp(engine, reply, lasting.subscriptions) : undefined;
    const succession = createSuccession(open, async (next) => {
      const ready = await outside(next);
      return () => void (front = ready);
    });
    await recordStart(settings, base);
    await takeNotes(settings.store, settings.sealer, settings.recorder);
    handler = createHandler({
      engine,
      reply,
      legacy,
      routes: { get: (key) => front.routes.get(key) },
      pages: { get: (key) => front.pages?.get(key) },
    });
    void authenticator?.warm();
    return await createHost({ base, settings, open, succession, listening, authenticator, legacy });
  } catch (error) {
    await listening.close(0);
    throw error;
  }
}

/** What of a host over HTTP depends on what it serves. */
interface Outside {
  readonly challenge: Challenge;
  readonly routes: PublicRoutes;
  readonly pages: PageRoutes | undefined;
}

/** The approval page, loaded where it is served. */
async function openPages(
  { settings, engine, lending }: Generation,
  { approvals, secrets }: Lasting,
): Promise<PageRoutes | undefined> {
  const { login, page: address } = approvals;
  if (login === undefined || address === undefined) return undefined;
  const { clientSecret } = login;
  // A name that is not there is a mistake of the deployment's, to be told at start-up.
  const secret = clientSecret === undefined ? undefined : secrets.get(clientSecret);
  const { createApprovalPage } = await import('../console/approvals.ts');
  return createApprovalPage({
    settings,
    rules: approvals,
    login,
    address,
    logins: lending.logins,
    clientSecret: async () => (secret === undefined ? undefined : secrets.reveal(secret)),
    log: (detail) => engine.parts.work.log('warning', `approval page: ${settings.redact(detail)}`, {}),
  });
}

interface HttpHostParts {
  readonly base: Base;
  readonly settings: Settings;
  readonly open: OpenEngine;
  readonly succession: Succession;
  readonly listening: Listening;
  readonly authenticator: Authenticator | undefined;
  readonly legacy: ReturnType<typeof createLegacyHttp> | undefined;
}

async function createHost(parts: HttpHostParts): Promise<Host> {
  const { base, settings, open, succession, listening, authenticator, legacy } = parts;
  const { engine } = open;
  const { subscriptions } = open.lasting;
  const revokeHere = (principalId: string): void => {
    authenticator?.revokePrincipal(principalId);
    subscriptions.endFor(({ id }) => id === principalId);
    legacy?.endFor(({ id }) => id === principalId);
  };
  const stopHearing = await settings.store.subscribe(REVOCATIONS, revokeHere);
  const stopSwitches = await engine.parts.killSwitch?.begin((test) => {
    subscriptions.endFor(test);
    legacy?.endFor(test);
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopHearing();
    stopSwitches?.();
    subscriptions.close();
    await legacy?.close();
    await listening.close(CLOSE_GRACE_MS);
    await authenticator?.close();
    await succession.close();
    await open.close();
    await recordStop(settings);
    if (base.deployment.store === undefined) await settings.store.close();
  };
  const { http } = settings;
  return {
    url: http === undefined || http.socket !== undefined ? undefined : boundUrl(http),
    get settings(): Settings {
      return succession.current().settings;
    },
    changed: (change) => subscriptions.publish(change),
    replace: (definition, replacement) => succession.replace(definition, replacement),
    withdraw: (isMeant) => succession.withdraw(isMeant),
    switches: createSwitches(settings.store, settings.sealer),
    reconfigure: createReload(settings, base.deployment.http ?? {}, DEFAULT_LIMITS),
    reloadPolicies: createReloadPolicies(base, settings),
    async revoke(principalId: string): Promise<void> {
      revokeHere(principalId);
      await endPageSessions(settings.store, principalId);
      await settings.store.publish(REVOCATIONS, principalId);
    },
    ended: Promise.resolve(),
    close: () => (closing ??= close()),
  };
}

function boundUrl({ host, port, path, tls }: HttpSettings): string {
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

/**
 * Serves a declared server over a byte stream: standard input and output when none is given.
 * @throws TypeError that lists what must be mended before it may start.
 */
export async function serveStream(
  definition: ServerDefinition,
  deployment: Deployment,
  input: Readable = process.stdin,
  output: Writable = process.stdout,
): Promise<Host> {
  const base = prepare(definition, deployment);
  if (output !== process.stdout) return serveOn(base, input, output, () => undefined);
  const kept = configureHygiene({ on: !base.weakened.has('stdio-hygiene') }).install();
  try {
    const host = await serveOn(base, input, kept.output, () => kept.restore());
    kept.endWith(input);
    return host;
  } catch (error) {
    kept.restore();
    throw error;
  }
}

async function serveOn(base: Base, input: Readable, output: Writable, restore: () => void): Promise<Host> {
  checkStart(startFacts(base, undefined), base.weakened);
  const settings = createSettings(base, undefined, undefined);
  const open = await openEngine(base, settings);
  const { engine } = open;
  const { subscriptions } = open.lasting;
  const succession = createSuccession(open);
  await recordStart(settings, base);
  const legacy = servesLegacy(base) ? createLegacyStdio(engine, subscriptions, output) : undefined;
  const session = serveStdio(engine, input, output, legacy?.receive);
  const stopSwitches = await engine.parts.killSwitch?.begin((test) => subscriptions.endFor(test));
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    session.close();
    stopSwitches?.();
    subscriptions.close();
    await legacy?.close();
    await succession.close();
    await open.close();
    await recordStop(settings);
    if (base.deployment.store === undefined) await settings.store.close();
    restore();
  };
  return {
    url: undefined,
    get settings(): Settings {
      return succession.current().settings;
    },
    changed: (change) => subscriptions.publish(change),
    replace: (definition, replacement) => succession.replace(definition, replacement),
    withdraw: (isMeant) => succession.withdraw(isMeant),
    switches: createSwitches(settings.store, settings.sealer),
    reconfigure: createReload(settings, {}, DEFAULT_LIMITS),
    reloadPolicies: createReloadPolicies(base, settings),
    revoke: (principalId) => Promise.resolve(subscriptions.endFor(({ id }) => id === principalId)),
    ended: session.ended.then(() => legacy?.close()),
    close: () => (closing ??= close()),
  };
}
