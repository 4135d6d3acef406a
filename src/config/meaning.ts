import { access, constants } from 'node:fs/promises';
import { parseIssuer } from '../identity/issuer-policy.ts';
import { parseResource } from '../identity/resource.ts';
import type { HttpSettings } from '../pipeline/settings.ts';
import { loadKey } from '../record/keys.ts';
import { resolveHttp } from '../server/http/settings.ts';
import { findStartProblems } from '../server/start.ts';
import { checkPlaces } from './check-places.ts';
import { placesOf } from './places.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';
import type { ConfigFile } from './read.ts';
import { loadRootKeys } from './root-keys.ts';
import { checkSecrets } from './secrets.ts';
import { checkHosts } from './sections/hosts.ts';
import { checkUpstreams } from './sections/upstreams.ts';
import type { Path } from './yaml.ts';
import { NO_FACTS } from '../pipeline/start.ts';

type Add = (path: Path, message: string) => void;

/** Stands for a port that is not known yet; only the names that are derived from it depend on it. */
const SOME_PORT = 443;

/**
 * Checks what the shape of a configuration cannot say: addresses, issuers, what production insists on, and that the files
 * it names are there.
 * @throws ConfigError with one line per fault.
 */
export async function checkMeaning(source: ConfigFile): Promise<void> {
  const problems: ConfigProblem[] = [];
  const add: Add = (path, message) => problems.push({ ...source.source.at(path), message: terminated(message) });
  checkIssuers(source, add);
  checkHttp(source, add);
  if (source.config.store?.kind === 'memory' && source.config.store.file !== undefined)
    add(['store', 'file'], 'store.file: a store in memory has no file. Remove it, or use kind: sqlite.');
  checkSecrets(source, add);
  checkHosts(source.config, add);
  checkUpstreams(source.config, add);
  await checkFiles(source, add);
  await checkPlaces(source, add);
  if (problems.length > 0) throw new ConfigError(source.file, problems);
}

function checkIssuers({ config: { auth } }: ConfigFile, add: Add): void {
  const seen = new Set<string>();
  for (const [index, issuer] of (auth?.issuers ?? []).entries()) {
    const path = ['auth', 'issuers', index];
    try {
      parseIssuer(issuer);
    } catch (error) {
      const message = messageOf(error).replace(/^issuers: /, '');
      const key = Object.keys(issuer).find((name) => message.includes(name)) ?? 'issuer';
      add([...path, key], `auth.issuers[${index}]: ${message}`);
    }
    if (seen.has(issuer.issuer))
      add([...path, 'issuer'], `auth.issuers[${index}]: this issuer is named twice. Keep one.`);
    seen.add(issuer.issuer);
  }
}

function checkHttp({ config: { profile, http, auth, manifest } }: ConfigFile, add: Add): void {
  if (http === undefined && auth === undefined) return;
  let settings: HttpSettings;
  try {
    settings = resolveHttp(http ?? {}, http?.port ?? SOME_PORT);
  } catch (error) {
    add(pathOf(messageOf(error)), messageOf(error));
    return;
  }
  // The manifest itself is judged against the server, when there is one.
  const manifestProblems = manifest === undefined ? undefined : [];
  const facts = { ...NO_FACTS, profile, http: settings, hasIssuer: auth !== undefined, manifestProblems };
  for (const problem of findStartProblems(facts, new Set())) add(pathOf(problem), problem);
  if (http?.publicUrl === undefined) return;
  try {
    parseResource(http.publicUrl);
  } catch (error) {
    add(['http', 'publicUrl'], `http.publicUrl: ${messageOf(error).replace(/^resource: /, '')}`);
  }
}

async function checkFiles(source: ConfigFile, add: Add): Promise<void> {
  const { config } = source;
  const places = placesOf(source);
  const named: [Path, string | undefined][] = [
    [['http', 'tls', 'cert'], places.tls?.cert],
    [['http', 'tls', 'key'], places.tls?.key],
    ...Object.keys(config.sources ?? {}).map((name): [Path, string | undefined] => [
      ['sources', name, 'schema'],
      places.sources.get(name)?.schema,
    ]),
  ];
  for (const [path, file] of named) {
    if (file === undefined) continue;
    const readable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!readable) add(path, `${path.join('.')}: ${file} cannot be read. Check the path and its rights.`);
  }
  if (config.profile === 'production') await checkKeys(source, add);
}

async function checkKeys(source: ConfigFile, add: Add): Promise<void> {
  const { audit, keys } = source.config;
  const places = placesOf(source);
  for (const [path, named, file, load] of [
    [['audit', 'key'], audit?.key, places.auditKey, loadKey],
    [['keys', 'file'], keys?.file, places.rootKeys, loadRootKeys],
  ] as const) {
    if (named === undefined) {
      add(path, `${path.join('.')}: missing. Production names its own, apart from those of development.`);
      continue;
    }
    try {
      await load(file);
    } catch (error) {
      const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      const why = absent
        ? `${file} does not exist. Make it once with: portcullis keys --config ${source.file}`
        : messageOf(error);
      add(path, `${path.join('.')}: ${why}`);
    }
  }
}

/** `http.tls: tokens would ...` stands at `http.tls`. */
function pathOf(message: string): Path {
  return (/^[a-zA-Z.]+(?=[: ])/.exec(message)?.[0] ?? '').split('.');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function terminated(message: string): string {
  return /[.?]$/.test(message) ? message : `${message}.`;
}
