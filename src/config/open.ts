import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceOptions } from '../capabilities/capability.ts';
import { secretsOfCredential } from '../gateway/credentials/options.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { codeOf } from '../manifest/code.ts';
import { loadKey, loadOrCreateKey } from '../record/keys.ts';
import { openLog, type AuditLog } from '../record/log.ts';
import { createRedactor } from '../record/redact.ts';
import type { Deployment, HttpOptions, UpstreamPlaces } from '../server/deployment.ts';
import type { DefinitionParts } from '../server/replace.ts';
import type { ServerDefinition } from '../server/server.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import { readManifestOptions } from './manifest.ts';
import { placesOf, type Places, VERIFIER_FILE } from './places.ts';
import type { ConfigFile } from './read.ts';
import { secretsOf } from './secrets.ts';
import { createRootKeys, loadRootKeys } from './root-keys.ts';
import { flowsOf } from './sections/flows.ts';
import { policyOf } from './sections/policy.ts';
import { resolveRoots } from './sections/roots.ts';
import { sandboxOf } from './sections/sandbox.ts';
import { openPostgresSection } from './sections/sources.ts';

/** A deployment with everything that it keeps opened. */
export interface OpenDeployment {
  readonly deployment: Deployment;
  readonly log: AuditLog;
  readonly places: Places;
  /** Closes the log with a checkpoint, then the store. Close the host before. */
  close(): Promise<void>;
}

/**
 * Opens what a configuration names: keys, store, audit log, TLS files. The dev profile makes missing keys, production
 * insists on them.
 * @param onAlert Told of trouble with the audit log.
 * @throws Error that says what cannot be opened and how to mend it.
 */
export async function openDeployment(
  source: ConfigFile,
  definition: ServerDefinition,
  onAlert: (detail: string) => void,
): Promise<OpenDeployment> {
  const { config } = source;
  const places = placesOf(source, neededSources(definition));
  await mkdir(places.data, { recursive: true, mode: 0o700 });
  const { key, rootKeys } = await openKeys(config.profile, places);
  const http = await resolveFiles(config.http, places);
  const sources = await openSources(places, source);
  const upstreamParts = await readUpstreamParts(source, definition);
  const redactor = createRedactor();
  const store = places.store === undefined ? createMemoryStore() : createSqliteStore({ file: places.store });
  try {
    const origin = config.audit?.origin ?? `${originHost(config.http)}/${definition.options.name}`;
    const log = await openLog({ directory: places.audit, origin, key, redactor, onAlert });
    await writeFile(join(places.audit, VERIFIER_FILE), `${log.verifier}\n`);
    const deployment: Deployment = {
      profile: config.profile,
      ...(http === undefined ? {} : { http }),
      ...(config.auth === undefined ? {} : { auth: config.auth }),
      ...(config.eras === undefined ? {} : { eras: config.eras }),
      ...(config.limits === undefined ? {} : { limits: config.limits }),
      store,
      recorder: log,
      sources,
      ...(config.media === undefined ? {} : { media: config.media }),
      ...(config.leaks === undefined ? {} : { leaks: config.leaks }),
      ...(config.identities === undefined ? {} : { identities: config.identities }),
      ...(config.detection === undefined ? {} : { detection: config.detection }),
      ...(config.roots === undefined ? {} : { roots: resolveRoots(source.file, config.roots) }),
      ...(config.hosts === undefined ? {} : { hosts: config.hosts }),
      ...(config.sandbox === undefined ? {} : { sandbox: sandboxOf(source.file, config.sandbox) }),
      ...(config.programs === undefined ? {} : { programs: config.programs }),
      ...(config.approvals === undefined ? {} : { approvals: config.approvals }),
      keys: rootKeys,
      ...(config.flows === undefined ? {} : { flows: flowsOf(config.flows) }),
      ...(config.policy === undefined ? {} : { policy: policyOf(source.file, config.policy) }),
      ...upstreamParts,
      ...secretsOf(source),
      redactor,
    };
    return {
      deployment,
      log,
      places,
      async close(): Promise<void> {
        try {
          await log.close();
        } finally {
          await store.close();
        }
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * What of a deployment is about the definitions of a gateway: it goes with them when they change while it serves.
 * @throws Error that says which file cannot be read.
 */
export async function readUpstreamParts(source: ConfigFile, definition: ServerDefinition): Promise<DefinitionParts> {
  const { upstreams, accepted } = source.config;
  const manifest = await readManifestOptions(source);
  return {
    ...(accepted === undefined ? {} : { accepted }),
    ...(upstreams === undefined ? {} : { upstreams: placesOfUpstreams(upstreams) }),
    ...(manifest === undefined ? {} : { manifest: { ...manifest, code: codeOf(definition) } }),
  };
}

function placesOfUpstreams(
  upstreams: Readonly<Record<string, UpstreamOptions>>,
): Readonly<Record<string, UpstreamPlaces>> {
  return Object.fromEntries(
    Object.entries(upstreams).map(([id, { args = [], env = {}, secrets = {}, credential }]) => [
      id,
      { args, env, secrets, ...(credential === undefined ? {} : { credential: secretsOfCredential(credential) }) },
    ]),
  );
}

/** Names of the databases that the server's declarations ask for. */
export function neededSources({ options }: ServerDefinition): readonly string[] {
  const declared = [...(options.tools ?? []), ...(options.resources ?? []), ...(options.prompts ?? [])];
  return declared
    .flatMap(({ options: { needs } }) => Object.values(needs ?? {}))
    .filter(({ kind }) => kind === 'sql')
    .flatMap(({ declares }) => (typeof declares['source'] === 'string' ? [declares['source']] : []));
}

async function openKeys(profile: Deployment['profile'], { auditKey, rootKeys }: Places) {
  if (profile === 'dev') {
    const key = await loadOrCreateKey(auditKey);
    await createRootKeys(rootKeys).catch(unlessExists);
    return { key, rootKeys: await loadRootKeys(rootKeys) };
  }
  const missing = (path: string) => (error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
    throw new Error(`${path} does not exist. Make the keys once with: portcullis keys --config <file>`, {
      cause: error,
    });
  };
  return {
    key: await loadKey(auditKey).catch(missing(auditKey)),
    rootKeys: await loadRootKeys(rootKeys).catch(missing(rootKeys)),
  };
}

/**
 * Makes the key files of a configuration where they are absent; gives the paths of those that it made.
 * @throws Error when a file is there and is not a key of ours.
 */
export async function createKeys(source: ConfigFile): Promise<readonly string[]> {
  const { auditKey, rootKeys } = placesOf(source);
  const made: string[] = [];
  for (const [path, load, create] of [
    [auditKey, loadKey, loadOrCreateKey],
    [rootKeys, loadRootKeys, createRootKeys],
  ] as const) {
    try {
      await load(path);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
      await create(path);
      made.push(path);
    }
  }
  return made;
}

async function resolveFiles(http: HttpOptions | undefined, { tls, socket }: Places): Promise<HttpOptions | undefined> {
  if (http === undefined) return undefined;
  return {
    ...http,
    ...(socket === undefined ? {} : { socket }),
    ...(tls === undefined ? {} : { tls: { cert: await readText(tls.cert), key: await readText(tls.key) } }),
  };
}

type SourceMap = Readonly<Record<string, SourceOptions>>;

async function openSources({ sources }: Places, { file: named, config }: ConfigFile): Promise<SourceMap> {
  const opened: Record<string, SourceOptions> = {};
  for (const [name, { postgres }] of Object.entries(config.sources ?? {})) {
    if (postgres !== undefined) opened[name] = await openPostgresSection(named, postgres);
  }
  for (const [name, { file, schema }] of sources) {
    opened[name] = schema === undefined ? { file } : { file, schema: await readText(schema) };
  }
  return opened;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`${path} cannot be read. Check the path and its rights.`, { cause: error });
  }
}

function originHost(http: HttpOptions | undefined): string {
  return (http?.publicUrl === undefined ? undefined : URL.parse(http.publicUrl)?.host) ?? 'localhost';
}

function unlessExists(error: unknown): void {
  if (!isCode(error, 'EEXIST')) throw error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
