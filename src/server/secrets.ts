import { hostname } from 'node:os';
import { join } from 'node:path';
import { configure as configureRotation } from '../controls/secret-rotation/control.ts';
import { configure as configureSeparation, isStrict } from '../controls/secret-separation/control.ts';
import { takesLiterals } from '../controls/vaulted-secrets/control.ts';
import { refuseUnknownOptions } from '../options.ts';
import type { KeptFacts } from '../pipeline/start.ts';
import type { Settings } from '../pipeline/settings.ts';
import {
  type Fingerprinted,
  type FingerprintPlaces,
  readElsewhere,
  takeFingerprints,
  writeFingerprints,
} from '../secrets/fingerprints.ts';
import { serveRotations } from '../secrets/rotation-requests.ts';
import type { SecretVault } from '../secrets/secret.ts';
import { openVault, type SecretControls } from '../secrets/vault.ts';
import type { Base } from './base.ts';
import type { Deployment, SecretSettingsOptions } from './deployment.ts';

/** What the start phase judges of a deployment's secrets. */
export function keptFacts({
  secrets = {},
  secretSettings,
  hosts = {},
  sources = {},
  programs = {},
  upstreams = {},
}: Deployment): KeptFacts {
  const uses = Object.entries(hosts).flatMap(([upstream, { credential }]) =>
    credential === undefined ? [] : [{ where: `hosts["${upstream}"].credential`, upstream, secret: credential.secret }],
  );
  for (const [name, source] of Object.entries(sources)) {
    if (!('postgres' in source) || source.postgres.password === undefined) continue;
    const { host = '127.0.0.1', socket = host, port = 5432, password } = source.postgres;
    uses.push({ where: `sources.${name}.postgres.password`, upstream: `${socket}:${port}`, secret: password });
  }
  for (const [id, { secrets: held = {}, credential = {} }] of Object.entries(upstreams)) {
    for (const [key, secret] of Object.entries(credential))
      uses.push({ where: `upstreams.${id}.credential.${key}`, upstream: `upstream ${id}`, secret });
    for (const [variable, secret] of Object.entries(held))
      uses.push({ where: `upstreams.${id}.secrets.${variable}`, upstream: `upstream ${id}`, secret });
  }
  return {
    secrets,
    uses,
    texts: textsOf({ hosts, sources, programs, upstreams, secretProviders: secretSettings?.providers ?? {} }, ''),
    environment: secretSettings?.environment,
  };
}

/** What holds text of another kind: SQL, certificates. */
const NO_PLACE_OF_SECRETS: ReadonlySet<string> = new Set(['schema', 'ca']);

function textsOf(value: unknown, where: string): KeptFacts['texts'] {
  if (typeof value === 'string') return [{ where, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    NO_PLACE_OF_SECRETS.has(key) ? [] : textsOf(member, where === '' ? key : `${where}.${key}`),
  );
}

const SETTINGS = [
  'folder',
  'providers',
  'environment',
  'fingerprints',
] as const satisfies readonly (keyof SecretSettingsOptions)[];
/** It becomes the name of a file. */
const ENVIRONMENT = /^[a-z][a-z0-9_-]{0,63}$/;

/** Opens the vault of a host, under the controls that are on. */
export async function openSecrets(
  { deployment, redactor, weakened }: Base,
  { store, recorder }: Settings,
  log: (line: string) => void,
): Promise<SecretVault> {
  const { secrets = {}, secretSettings = {}, profile } = deployment;
  refuseUnknownOptions('deployment, secretSettings', secretSettings, SETTINGS);
  const { folder, providers, environment = profile, fingerprints } = secretSettings;
  if (!ENVIRONMENT.test(environment))
    throw new TypeError('environment: use up to 64 lower-case letters, digits, - and _, beginning with a letter.');
  const on = Object.keys(secrets).length > 0;
  const controls: SecretControls = {
    literals: takesLiterals(weakened),
    rotates: configureRotation(weakened),
    separate: configureSeparation(weakened, {
      strict: isStrict(profile, secretSettings.environment),
      elsewhere: on ? await readElsewhere(environment, fingerprints) : [],
    }),
  };
  const keep = keeper(environment, fingerprints);
  const vault = await openVault(secrets, {
    profile,
    redactor,
    recorder,
    controls,
    log,
    ...(folder === undefined ? {} : { folder }),
    ...(providers === undefined ? {} : { providers }),
    ...(keep === undefined || !on ? {} : { keep }),
  });
  for (const { name, problems } of vault.report()) for (const problem of problems) log(`secret ${name}: ${problem}`);
  if (!on) return vault;
  const stop = await serveRotations(store, vault, `${process.pid}@${hostname()}`);
  return {
    names: vault.names,
    get: (name) => vault.get(name),
    reveal: (secret) => vault.reveal(secret),
    accepted: (secret) => vault.accepted(secret),
    watch: (name, listener) => vault.watch(name, listener),
    rotate: (name) => vault.rotate(name),
    report: () => vault.report(),
    close(): Promise<void> {
      stop();
      return vault.close();
    },
  };
}

/** Leaves the fingerprints of this environment where another that is run from here finds them. */
function keeper(
  environment: string,
  fingerprints: FingerprintPlaces | undefined,
): ((secrets: readonly Fingerprinted[]) => Promise<void>) | undefined {
  const folder = fingerprints?.folder;
  if (folder === undefined) return undefined;
  let queue = Promise.resolve();
  return (secrets) => {
    queue = queue
      .catch(() => undefined)
      .then(async () =>
        writeFingerprints(join(folder, `${environment}.json`), await takeFingerprints(environment, secrets)),
      );
    return queue;
  };
}
