import { resolveApprovals, type ApprovalRules } from '../approvals/rules.ts';
import type { CapabilityHandle, CapabilityRuntime } from '../capabilities/capability.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Target } from '../pipeline/catalog.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { SecretVault } from '../secrets/secret.ts';
import type { Base } from './base.ts';
import type { Deployment } from './deployment.ts';
import { createEngine, type Engine } from './engine.ts';
import { openIsolated } from './isolated.ts';
import { createLending, type Lending } from './lent.ts';
import { configureParts } from './parts.ts';
import { openRules } from './rules.ts';
import { openSecrets } from './secrets.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';

/** An engine with everything that its tools need opened. */
export interface OpenEngine {
  readonly engine: Engine;
  readonly subscriptions: Subscriptions;
  readonly secrets: SecretVault;
  readonly approvals: ApprovalRules;
  /** What capabilities have the host serve. */
  readonly lending: Lending;
  readonly closeNeeds: () => Promise<void>;
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
  const lending = createLending(settings, approvals, deployment.auth?.issuers ?? [], base.redactor);
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
  const isolated = await openIsolated(base, (line) => runtime.log(line));
  if (isolated !== undefined) opened.defer(() => isolated.close());
  const subscriptions = await createSubscriptions(settings.store);
  const engine = createEngine(
    configureParts(settings, { grants, log, approvals, isolated, changed: (change) => subscriptions.publish(change) }),
    subscriptions,
  );
  const { quotas, behaviour } = engine.parts;
  if (behaviour !== undefined) opened.defer(() => behaviour.close());
  const stopQuotas = await quotas?.begin();
  if (stopQuotas !== undefined) opened.defer(stopQuotas);
  if (quotas !== undefined) isolated?.watch((use) => quotas.used(use));
  const held = opened.move();
  return { engine, subscriptions, secrets, approvals, lending, closeNeeds: () => held.disposeAsync() };
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
