import { resolveApprovals, type ApprovalRules } from '../approvals/rules.ts';
import type { Capability, CapabilityHandle, CapabilityRuntime } from '../capabilities/capability.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Target } from '../pipeline/catalog.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { SecretVault } from '../secrets/secret.ts';
import type { Base } from './base.ts';
import { Calls } from './calls.ts';
import type { Deployment } from './deployment.ts';
import { createEngine, type Engine } from './engine.ts';
import { openIsolated, type Isolated } from './isolated.ts';
import { createLending, type Lending } from './lent.ts';
import { createLiveEngine, type LiveEngine } from './live-engine.ts';
import { configureParts } from './parts.ts';
import { openRules } from './rules.ts';
import { openSecrets } from './secrets.ts';
import { createSubscriptions, type Change, type Subscriptions } from './subscriptions.ts';
import type { WorkParts } from './work.ts';

/** What a host opens once, whatever it serves. */
export interface Lasting {
  readonly subscriptions: Subscriptions;
  readonly secrets: SecretVault;
  readonly approvals: ApprovalRules;
  readonly log: ReturnType<typeof createLog>;
  readonly isolated: Isolated | undefined;
  /** `mayRead` of whatever is served at the time. */
  readonly mayReadNow: Engine['mayRead'];
}

/** One set of definitions with everything that its tools need opened, and its engine. */
export interface Generation {
  readonly base: Base;
  readonly settings: Settings;
  readonly engine: Engine;
  readonly calls: Calls;
  /** What capabilities have the host serve. */
  readonly lending: Lending;
  readonly grants: WorkParts['grants'];
  /** Gives back what its tools need, once. */
  readonly close: () => Promise<void>;
}

/** What a host serves, and the engine that stands before all of it. */
export interface OpenEngine {
  readonly engine: LiveEngine;
  readonly lasting: Lasting;
  readonly first: Generation;
  /** Closes what was opened for the host, and not what a generation holds. */
  readonly close: () => Promise<void>;
}

/** Opens the needs of every target and puts the engine together. */
export async function openEngine(base: Base, settings: Settings): Promise<OpenEngine> {
  const log = createLog(base.deployment, settings);
  const { deployment } = base;
  await openRules(base, settings, (line) => log('warning', line, {}));
  const approvals = resolveApprovals(deployment.approvals, {
    profile: deployment.profile,
    http: settings.http,
    issuers: deployment.auth?.issuers ?? [],
  });
  // What was opened is closed again, last first, when something after it cannot be.
  await using opened = new AsyncDisposableStack();
  const secrets = await openSecrets(base, settings, (line) => log('info', line, {}));
  opened.defer(() => secrets.close());
  const isolated = await openIsolated(base, (line) => log('info', settings.redact(line), {}));
  if (isolated !== undefined) opened.defer(() => isolated.close());
  const subscriptions = await createSubscriptions(settings.store);
  let live: LiveEngine | undefined;
  const mayReadNow: Engine['mayRead'] = (exchange, uri) => live?.mayRead(exchange, uri) ?? Promise.resolve(false);
  const lasting: Lasting = { subscriptions, secrets, approvals, log, isolated, mayReadNow };
  const first = await openGeneration(base, settings, lasting);
  await using unused = new AsyncDisposableStack();
  unused.defer(first.close);
  const { quotas, behaviour } = first.engine.parts;
  if (behaviour !== undefined) opened.defer(() => behaviour.close());
  const stopQuotas = await quotas?.begin();
  if (stopQuotas !== undefined) opened.defer(stopQuotas);
  if (quotas !== undefined) isolated?.watch((use) => quotas.used(use));
  live = createLiveEngine(first.engine);
  unused.move();
  const held = opened.move();
  return { engine: live, lasting, first, close: () => held.disposeAsync() };
}

/**
 * Opens what one set of definitions needs.
 * @param before What is served now: it goes on as it is, and what it counts and remembers is gone on with.
 */
export async function openGeneration(
  base: Base,
  settings: Settings,
  lasting: Lasting,
  before?: Generation,
): Promise<Generation> {
  const { secrets, approvals, log } = lasting;
  const { deployment } = base;
  const issuers = deployment.auth?.issuers ?? [];
  const lending = createLending(settings, approvals, issuers, base.redactor, keptOf(base, before));
  const runtime: CapabilityRuntime = {
    profile: deployment.profile,
    weakened: base.weakened,
    sources: deployment.sources ?? {},
    roots: deployment.roots ?? {},
    hosts: deployment.hosts ?? {},
    programs: deployment.programs ?? {},
    secrets,
    store: settings.store,
    stateKey: base.keys[0] ?? new Uint8Array(32),
    lent: lending.lent,
    log: (message, level = 'info', fields = {}) =>
      log(level, settings.redact(message), cleared(fields, settings.redact)),
  };
  await using opened = new AsyncDisposableStack();
  const grants = new Map<Target, (readonly [string, CapabilityHandle<unknown>])[]>();
  for (const [target, needs] of base.compiled.needs) {
    const granted: (readonly [string, CapabilityHandle<unknown>])[] = [];
    for (const [name, capability] of Object.entries(needs)) {
      const handle = await capability.open(runtime);
      opened.defer(async () => handle.close());
      granted.push([name, handle]);
    }
    grants.set(target, granted);
  }
  const made = putTogether({ base, settings, lending, grants }, lasting, before);
  const held = opened.move();
  let closing: Promise<void> | undefined;
  return { ...made, close: () => (closing ??= held.disposeAsync()) };
}

/** Makes the engine of a generation whose needs are open. */
export function putTogether(
  opened: Pick<Generation, 'base' | 'settings' | 'lending' | 'grants'> & { readonly calls?: Calls },
  { approvals, log, isolated, subscriptions, mayReadNow }: Lasting,
  before: Generation | undefined,
): Omit<Generation, 'close'> {
  const { settings, grants } = opened;
  const host = { grants, log, approvals, isolated, changed: (change: Change) => subscriptions.publish(change) };
  const { calls = new Calls() } = opened;
  const parts = configureParts(settings, host, before?.engine.parts);
  return { ...opened, calls, engine: createEngine(parts, { subscriptions, calls, mayReadNow }) };
}

/** What upstreams that stay have the host serve: their documents and logins. */
function keptOf({ compiled }: Base, before: Generation | undefined): Pick<Lending, 'documents' | 'logins'> | undefined {
  if (before === undefined) return undefined;
  const { documents, logins } = before.lending;
  const ids = new Set([...compiled.needs.values()].flatMap(Object.values<Capability<unknown>>).map(upstreamOf));
  return {
    documents: new Map([...documents].filter(([path]) => ids.has(path.split('/', 3)[2]))),
    logins: new Map([...logins].filter(([id]) => ids.has(id))),
  };
}

function upstreamOf({ declares }: Capability<unknown>): unknown {
  return declares['upstream'];
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

/** Fields without what may not be logged; a host of one's own may write them as they come. */
function cleared(fields: JsonObject, redact: (text: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  );
}
