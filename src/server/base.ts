import { createHash, hash, randomBytes } from 'node:crypto';
import { resolveFlows } from '../flows/matrix.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { principalId } from '../identity/principal-id.ts';
import { weakenedBy } from '../insecure.ts';
import { DEFAULT_LIMITS, type Limits } from '../pipeline/limits.ts';
import { readIdentities } from '../pipeline/identities.ts';
import { createScopeExpansion } from '../identity/scopes.ts';
import { readDetection } from '../pipeline/detection.ts';
import type { Principal } from '../pipeline/principal.ts';
import { createSealer } from '../pipeline/seal.ts';
import type { HttpSettings, Settings } from '../pipeline/settings.ts';
import type { StartFacts } from '../pipeline/start.ts';
import { supportedVersions, type Era } from '../protocol/versions.ts';
import { createRedactor, type Redactor } from '../record/redact.ts';
import { guardStore } from '../stores/guard.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { readMediaOptions } from '../media/options.ts';
import { readLeakOptions } from '../leaks/options.ts';
import { refuseUnknownOptions } from '../options.ts';
import { generateSchema, inputsOf } from '../policy/schema.ts';
import { createPolicyStore, type PolicyStore } from '../policy/store.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import { toMilliseconds } from '../text/duration.ts';
import { compileServer, type Compiled } from './catalog.ts';
import type { Deployment } from './deployment.ts';
import { NO_RECORD } from './no-record.ts';
import { keptFacts } from './secrets.ts';
import { applyManifest, type Applied } from '../manifest/apply.ts';
import type { Catalog } from '../pipeline/catalog.ts';
import type { ModelFacing } from '../pipeline/start.ts';
import { keyOf } from '../manifest/manifest.ts';
import type { ServerDefinition } from './server.ts';

const DEPLOYMENT = [
  'profile',
  'http',
  'auth',
  'eras',
  'limits',
  'store',
  'recorder',
  'sources',
  'roots',
  'hosts',
  'leaks',
  'detection',
  'identities',
  'programs',
  'upstreams',
  'secrets',
  'secretSettings',
  'keys',
  'flows',
  'policy',
  'approvals',
  'redactor',
  'manifest',
  'accepted',
  'media',
  'module',
  'sandbox',
  'log',
] as const satisfies readonly (keyof Deployment)[];

/** Everything of a host that does not depend on how it is reached. */
export interface Base {
  readonly compiled: Compiled;
  /** What the signed manifest came to; absent when none is deployed. */
  readonly manifest: Applied | undefined;
  readonly weakened: ReadonlySet<string>;
  readonly eras: ReadonlySet<Era>;
  readonly limits: Limits;
  readonly keys: readonly Uint8Array[];
  readonly deployment: Deployment;
  readonly insecure: readonly string[];
  readonly definition: ServerDefinition;
  /** Every sink of the host shares it. */
  readonly redactor: Redactor;
  /** The Cedar policies of the deployment; absent where it has none. */
  readonly policies: PolicyStore | undefined;
}

/**
 * Checks and resolves what was declared and deployed.
 * @throws TypeError that says what to mend.
 */
export function prepare(definition: ServerDefinition, deployment: Deployment): Base {
  refuseUnknownOptions('deployment', deployment, DEPLOYMENT);
  const symbols = definition.options.insecure ?? [];
  const overrides = deployment.limits ?? {};
  refuseUnknownOptions('deployment, limits', overrides, Object.keys(DEFAULT_LIMITS));
  // Not frozen: `reconfigure` changes some in place.
  const ttl = deployment.approvals?.ttl;
  const approvalMs = ttl === undefined ? {} : { approvalMs: toMilliseconds(ttl, 'approvals.ttl') };
  const limits: Limits = { ...DEFAULT_LIMITS, ...overrides, ...approvalMs };
  for (const [name, value] of Object.entries(limits)) {
    if (!(typeof value === 'number' && value > 0))
      throw new TypeError(`deployment, limits.${name}: give a number above 0.`);
  }
  const weakened = weakenedBy(symbols);
  const whole = compileServer(definition, limits);
  const { manifest } = deployment;
  const applied = manifest === undefined ? undefined : applyManifest(whole, manifest);
  return {
    definition,
    compiled:
      applied === undefined || weakened.has('definition-drift') ? whole : { ...whole, catalog: applied.catalog },
    manifest: applied,
    weakened,
    insecure: symbols.map((symbol) => symbol.description ?? 'insecure'),
    eras: new Set(deployment.eras ?? ['modern', 'legacy']),
    limits,
    keys: deployment.keys ?? [randomBytes(32)],
    deployment,
    redactor: deployment.redactor ?? createRedactor(),
    // Of everything that is declared: a policy about a tool that is held stays as good as it was.
    policies:
      deployment.policy === undefined
        ? undefined
        : createPolicyStore(deployment.policy, generateSchema(whole.catalog, inputsOf(whole.declared))),
  };
}

/** Everything that controls are configured with. */
export function createSettings(
  base: Base,
  http: HttpSettings | undefined,
  authenticator: Authenticator | undefined,
): Settings {
  const { compiled, weakened, eras, limits, keys, deployment, definition, redactor } = base;
  const digestKey = createHash('sha256')
    .update('portcullis digest')
    .update(keys[0] ?? '')
    .digest('base64url');
  const flows = resolveFlows(deployment.flows);
  const rules = base.policies?.rules;
  const flowsVersion = hash('sha256', canonicalJson(flows), 'base64url');
  return Object.freeze({
    profile: deployment.profile,
    eras,
    versions: Object.freeze(supportedVersions(eras)),
    limits,
    media: readMediaOptions(deployment.media ?? {}),
    catalog: compiled.catalog,
    http,
    authentication: authenticator,
    localPrincipal: createLocalPrincipal(compiled.catalog.scopes),
    policy: definition.options.policy,
    flows,
    rules,
    identities:
      deployment.identities === undefined
        ? undefined
        : readIdentities(
            deployment.identities,
            createScopeExpansion(definition.options.hierarchy),
            compiled.catalog.scopes,
          ),
    store: guardStore(deployment.store ?? createMemoryStore()),
    recorder: deployment.recorder ?? NO_RECORD,
    sealer: createSealer(keys),
    digest: (text: string) => hash('sha256', digestKey + text, 'base64url'),
    redact: (text: string) => redactor.redact(text),
    withhold: (text: string) => redactor.withhold(text),
    secretSpans: (text: string) => redactor.spans(text),
    leaks: readLeakOptions(deployment.leaks ?? {}, new Set(compiled.catalog.tools.keys())),
    detection: readDetection(deployment.detection),
    policyVersion: () => (rules === undefined ? flowsVersion : `${flowsVersion}.${rules.version()}`),
    weakened,
  });
}

/** The settings of a host for other definitions. Everything but what comes of these stays, each the very same. */
export function settingsAfter(before: Settings, { compiled: { catalog }, deployment }: Base): Settings {
  return Object.freeze({
    ...before,
    catalog,
    localPrincipal: createLocalPrincipal(catalog.scopes),
    leaks: readLeakOptions(deployment.leaks ?? {}, new Set(catalog.tools.keys())),
  });
}

/** On stdio the caller is the user who started the process; it may use whatever the server offers. */
function createLocalPrincipal(scopes: readonly string[]): Principal {
  const subject = String(process.getuid?.() ?? 'user');
  const id = principalId('local', undefined, subject);
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

/** With `protocol-version` off an era that is closed is served all the same: a silent downgrade. */
export function servesLegacy({ eras, weakened }: Base): boolean {
  return eras.has('legacy') || weakened.has('protocol-version');
}

/** What the start phase judges. */
export function startFacts(base: Base, http: HttpSettings | undefined): StartFacts {
  const { deployment, compiled, insecure } = base;
  return {
    profile: deployment.profile,
    declared: compiled.declared,
    definitions: modelFacing(compiled.catalog),
    accepted: deployment.accepted ?? [],
    manifestProblems: base.manifest?.problems,
    kept: keptFacts(deployment),
    http,
    hasIssuer: (deployment.auth?.issuers.length ?? 0) > 0,
    devAuthorizationServer: deployment.auth?.devAuthorizationServer === true,
    hasRecorder: deployment.recorder !== undefined,
    insecure,
  };
}

/** Everything of a server that a model reads. */
function modelFacing(catalog: Catalog): readonly ModelFacing[] {
  const targets = [
    ...catalog.tools.values(),
    ...catalog.resources.values(),
    ...catalog.templates,
    ...catalog.prompts.values(),
  ];
  return [
    { where: 'server', definition: { ...catalog.server, instructions: catalog.instructions } },
    ...targets.map((target) => ({ where: keyOf(target), definition: target.definition })),
  ];
}
