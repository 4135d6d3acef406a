import { execFile } from 'node:child_process';
import { isObject, type JsonObject } from '../protocol/json.ts';

/** What the registry says of one version of a package; every byte of it is a stranger's. */
export interface RegistryFacts {
  /** Who published it; absent where the registry names nobody. */
  readonly publisher?: string;
  readonly repository?: string;
  /** The predicate of its attestation of provenance; absent where it has none. */
  readonly provenance?: string;
  /** ISO 8601. */
  readonly published?: string;
  /** SHA-512 of its archive (Subresource Integrity). */
  readonly integrity?: string;
  readonly deprecated?: string;
  readonly hasInstallScript: boolean;
}

const ASK_MS = 30_000;
const MOST_BYTES = 16 * 1_048_576;
const MOST = 200;

/**
 * Asks the registry that npm is configured for, through npm, once.
 * @throws Error when it cannot be reached, or knows no such version.
 */
export async function askRegistry(reference: string): Promise<RegistryFacts> {
  const told: unknown = JSON.parse(await view(reference));
  if (!isObject(told) || !isObject(told['dist'])) throw new Error(`the registry says nothing of ${reference}`);
  const { dist, time, version } = told;
  const attestations = isObject(dist['attestations']) ? dist['attestations'] : {};
  const at = isObject(time) && typeof version === 'string' && Object.hasOwn(time, version) ? time[version] : undefined;
  return {
    ...text('publisher', personOf(told)),
    ...text('repository', isObject(told['repository']) ? told['repository']['url'] : told['repository']),
    ...text(
      'provenance',
      isObject(attestations['provenance']) ? attestations['provenance']['predicateType'] : undefined,
    ),
    ...text('published', at),
    ...text('integrity', dist['integrity']),
    ...text('deprecated', told['deprecated']),
    hasInstallScript: told['hasInstallScript'] === true,
  };
}

function personOf({ _npmUser: user, maintainers }: JsonObject): unknown {
  if (user !== undefined) return isObject(user) ? user['name'] : user;
  const [first]: readonly unknown[] = Array.isArray(maintainers) ? maintainers : [];
  return isObject(first) ? first['name'] : first;
}

function text<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  if (typeof value !== 'string' || value === '') return {};
  return { [key]: value.slice(0, MOST) } as { readonly [P in K]?: string };
}

/** npm knows the registry, its credential and the way there. One try: whoever waits is at a prompt. */
function view(reference: string): Promise<string> {
  const flags = ['view', '--json', '--fetch-retries=0', `--fetch-timeout=${ASK_MS / 2}`];
  return new Promise((resolve, reject) => {
    execFile('npm', [...flags, reference], { cwd: '/', timeout: ASK_MS, maxBuffer: MOST_BYTES }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error('the registry could not be asked', { cause: error }));
    });
  });
}
