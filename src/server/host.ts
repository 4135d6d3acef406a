import { createHash, hash, randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import type { CapabilityHandle, CapabilityRuntime } from '../capabilities/capability.ts';
import { configure as configureChallenge } from '../controls/authorization-challenge/control.ts';
import { configure as configureHygiene } from '../controls/stdio-hygiene/control.ts';
import { configure as configureTokens } from '../controls/token-validation/control.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { weakenedBy } from '../insecure.ts';
import type { Target } from '../pipeline/catalog.ts';
import { DEFAULT_LIMITS, type Limits } from '../pipeline/limits.ts';
import type { Principal } from '../pipeline/principal.ts';
import { createSealer } from '../pipeline/seal.ts';
import type { HttpSettings, Settings } from '../pipeline/settings.ts';
import { supportedVersions, type Era } from '../protocol/versions.ts';
import { createRedactor } from '../record/redact.ts';
import { guardStore } from '../stores/guard.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { compileServer, type Compiled } from './catalog.ts';
import type { Deployment } from './deployment.ts';
import { createEngine, type Engine } from './engine.ts';
import { createHandler, type HttpHandler } from './http/handler.ts';
import { listen, type Listening } from './http/listen.ts';
import { publicRoutes } from './http/public-routes.ts';
import { createReply } from './http/reply.ts';
import { resolveHttp } from './http/settings.ts';
import { createLegacyHttp } from './legacy/http.ts';
import { createLegacyStdio } from './legacy/stdio.ts';
import { NO_RECORD } from './no-record.ts';
import { configureParts } from './parts.ts';
import { refuseUnknownOptions } from '../options.ts';
import { createReload, type Reload } from './reload.ts';
import type { ServerDefinition } from './server.ts';
import { checkStart } from './start.ts';
import { serveStdio } from './stdio.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

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
  /**
   * Changes what can be changed while serving, all at once.
   * @throws TypeError that says what to mend; nothing is changed then.
   */
  reconfigure(next: Reload): void;
  /** Resolves when a stdio input has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const DEPLOYMENT = [
  'profile',
  'http',
  'auth',
  'eras',
  'limits',
  'store',
  'recorder',
  'sources',
  'keys',
  'redact',
  'log',
];
/** Ids of principals whose tokens are refused from now on. */
const REVOCATIONS = 'revocations';
const CLOSE_GRACE_MS = 5_000;

/** Everything of a host that does not depend on how it is reached. */
interface Base {
  readonly compiled: Compiled;
  readonly weakened: ReadonlySet<string>;
  readonly eras: ReadonlySet<Era>;
  readonly limits: Limits;
  readonly keys: readonly Uint8Array[];
  readonly deployment: Deployment;
  readonly insecure: readonly string[];
  readonly definition: ServerDefinition;
}

function prepare(definition: ServerDefinition, deployment: Deployment): Base {
  refuseUnknownOptions('deployment', deployment, DEPLOYMENT);
  const symbols = definition.options.insecure ?? [];
  const overrides = deployment.limits ?? {};
  refuseUnknownOptions('deployment, limits', overrides, Object.keys(DEFAULT_LIMITS));
  // Not frozen: `reconfigure` changes some in place.
  const limits: Limits = { ...DEFAULT_LIMITS, ...overrides };
  for (const [name, value] of Object.entries(limits)) {
    if (!(typeof value === 'number' && value > 0))
      throw new TypeError(`deployment, limits.${name}: give a number above 0.`);
  }
  return {
    definition,
    compiled: compileServer(definition, limits),
    weakened: weakenedBy(symbols),
    insecure: symbols.map((symbol) => symbol.description ?? 'insecure'),
    eras: new Set(deployment.eras ?? ['modern', 'legacy']),
    limits,
    keys: deployment.keys ?? [randomBytes(32)],
    deployment,
  };
}

function createSettings(
  base: Base,
  http: HttpSettings | undefined,
  authenticator: Authenticator | undefined,
): Settings {
  const { compiled, weakened, eras, limits, keys, deployment, definition } = base;
  const digestKey = createHash('sha256')
    .update('portcullis digest')
    .update(keys[0] ?? '')
    .digest('base64url');
  const redactor = createRedactor();
  return Object.freeze({
    profile: deployment.profile,
    eras,
    versions: Object.freeze(supportedVersions(eras)),
    limits,
    catalog: compiled.catalog,
    http,
    authentication: authenticator,
    localPrincipal: createLocalPrincipal(compiled.catalog.scopes),
    policy: definition.options.policy,
    store: guardStore(deployment.store ?? createMemoryStore()),
    recorder: deployment.recorder ?? NO_RECORD,
    sealer: createSealer(keys),
    digest: (text: string) => hash('sha256', digestKey + text, 'base64url'),
    redact: deployment.redact ?? ((text: string) => redactor.redact(text)),
    weakened,
  });
}

/** On stdio the caller is the user who started the process; it may use whatever the server offers. */
function createLocalPrincipal(scopes: readonly string[]): Principal {
  const subject = String(process.getuid?.() ?? 'user');
  const id = createHash('sha256').update(`local ${subject}`).digest('base64url');
  return Object.freeze({
    id,
    issuer: 'local',
    subject,
    client: 'local',
    scopes: new Set(scopes),
    expiresAt: Number.MAX_SAFE_INTEGER,
    credential: id,
  });
}

async function openEngine(
  base: Base,
  settings: Settings,
): Promise<{ engine: Engine; subscriptions: Subscriptions; readonly closeNeeds: () => Promise<void> }> {
  const log = createLog(base.deployment, settings);
  const runtime: CapabilityRuntime = {
    sources: base.deployment.sources ?? {},
    store: settings.store,
    stateKey: base.keys[0] ?? new Uint8Array(32),
    log: (line) => log('info', settings.redact(line), {}),
  };
  const grants = new Map<Target, (readonly [string, CapabilityHandle<unknown>])[]>();
  const handles: CapabilityHandle<unknown>[] = [];
  for (const [target, needs] of base.compiled.needs) {
    const granted: (readonly [string, CapabilityHandle<unknown>])[] = [];
    for (const [name, capability] of Object.entries(needs)) {
      const handle = await capability.open(runtime);
      handles.push(handle);
      granted.push([name, handle]);
    }
    grants.set(target, granted);
  }
  const subscriptions = await createSubscriptions(settings.store);
  const engine = createEngine(
    configureParts(settings, { grants, log, changed: (change) => subscriptions.publish(change) }),
    subscriptions,
  );
  return {
    engine,
    subscriptions,
    async closeNeeds(): Promise<void> {
      for (const handle of handles) await handle.close();
    },
  };
}

/** INVARIANT: a log that breaks changes no answer: what it throws, or rejects with, ends here. */
function createLog({ log }: Deployment, settings: Settings) {
  const lost = () => process.emitWarning('a log line could not be written', 'LogWarning');
  return (level: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
    try {
      const written: unknown = log?.({
        level,
        message: settings.redact(message),
        fields: redactFields(settings, fields),
      });
      if (written instanceof Promise) written.catch(lost);
    } catch {
      lost();
    }
  };
}

function redactFields(
  settings: Settings,
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const redacted = Object.entries(fields).map(
    ([name, value]) => [name, typeof value === 'string' ? settings.redact(value) : value] as const,
  );
  return Object.fromEntries(redacted);
}

/** With `protocol-version` off an era that is closed is served all the same: a silent downgrade. */
function servesLegacy({ eras, weakened }: Base): boolean {
  return eras.has('legacy') || weakened.has('protocol-version');
}

function startFacts(base: Base, http: HttpSettings | undefined) {
  const { deployment, compiled, insecure } = base;
  return {
    profile: deployment.profile,
    declared: compiled.declared,
    http,
    hasIssuer: (deployment.auth?.issuers.length ?? 0) > 0,
    devAuthorizationServer: deployment.auth?.devAuthorizationServer === true,
    hasRecorder: deployment.recorder !== undefined,
    insecure,
  };
}

async function recordStart(settings: Settings, insecure: readonly string[]): Promise<void> {
  const { recorder, catalog } = settings;
  const time = Date.now();
  await recorder.append({
    time,
    kind: 'start',
    request: '-',
    target: catalog.server.name,
    after: settings.versions.join(' '),
  });
  for (const name of insecure) await recorder.append({ time, kind: 'weakened', request: '-', target: name });
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
    const { engine, subscriptions } = open;
    const reply = createReply(settings, engine.parts.errors, configureChallenge(settings));
    const legacy = servesLegacy(base) ? createLegacyHttp(engine, reply, subscriptions) : undefined;
    await recordStart(settings, base.insecure);
    handler = createHandler({ engine, reply, legacy, routes: publicRoutes(settings, authenticator, deployment.auth) });
    void authenticator?.warm();
    return await createHost(base, settings, open, listening, authenticator, legacy);
  } catch (error) {
    await listening.close(0);
    throw error;
  }
}

async function createHost(
  base: Base,
  settings: Settings,
  { subscriptions, closeNeeds }: Awaited<ReturnType<typeof openEngine>>,
  listening: Listening,
  authenticator: Authenticator | undefined,
  legacy: ReturnType<typeof createLegacyHttp> | undefined,
): Promise<Host> {
  const revokeHere = (principalId: string): void => {
    authenticator?.revokePrincipal(principalId);
    subscriptions.endFor(({ id }) => id === principalId);
    legacy?.endFor(({ id }) => id === principalId);
  };
  const stopHearing = await settings.store.subscribe(REVOCATIONS, revokeHere);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopHearing();
    subscriptions.close();
    await legacy?.close();
    await listening.close(CLOSE_GRACE_MS);
    await authenticator?.close();
    await closeNeeds();
    await recordStop(settings);
    if (base.deployment.store === undefined) await settings.store.close();
  };
  const { http } = settings;
  return {
    url: http === undefined || http.socket !== undefined ? undefined : boundUrl(http),
    settings,
    changed: (change) => subscriptions.publish(change),
    reconfigure: createReload(settings, base.deployment.http ?? {}, DEFAULT_LIMITS),
    async revoke(principalId: string): Promise<void> {
      revokeHere(principalId);
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
  const { engine, subscriptions, closeNeeds } = await openEngine(base, settings);
  await recordStart(settings, base.insecure);
  const legacy = servesLegacy(base) ? createLegacyStdio(engine, subscriptions, output) : undefined;
  const session = serveStdio(engine, input, output, legacy?.receive);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    session.close();
    subscriptions.close();
    await legacy?.close();
    await closeNeeds();
    await recordStop(settings);
    if (base.deployment.store === undefined) await settings.store.close();
    restore();
  };
  return {
    url: undefined,
    settings,
    changed: (change) => subscriptions.publish(change),
    reconfigure: createReload(settings, {}, DEFAULT_LIMITS),
    revoke: (principalId) => Promise.resolve(subscriptions.endFor(({ id }) => id === principalId)),
    ended: session.ended.then(() => legacy?.close()),
    close: () => (closing ??= close()),
  };
}
