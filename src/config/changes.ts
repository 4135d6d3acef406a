import type { Limits } from '../pipeline/limits.ts';
import { RELOADABLE_LIMITS, type Reload } from '../server/reload.ts';
import type { Config } from './config.ts';
import { isObject } from '../protocol/json.ts';

/** One value that differs between two configurations. */
export interface ConfigChange {
  /** `http.allowedOrigins`. */
  readonly path: string;
  /** JSON; empty when the value was or is left out. */
  readonly before: string;
  readonly after: string;
  /** Whether a running host takes it without a restart. */
  readonly live: boolean;
}

/** Sections that are about what a gateway serves. */
export type Section = 'upstreams' | 'accepted';

const LIVE: ReadonlySet<string> = new Set([
  'http.allowedHosts',
  'http.allowedOrigins',
  ...RELOADABLE_LIMITS.map((name) => `limits.${name}`),
]);

/**
 * What differs, by dotted path; a list counts as one value.
 * @param sections Those that the running host takes as a whole.
 */
export function changesBetween(
  before: Config,
  after: Config,
  sections: readonly Section[] = [],
): readonly ConfigChange[] {
  const [old, fresh] = [flatten(before), flatten(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .toSorted()
    .filter((path) => old.get(path) !== fresh.get(path))
    .map((path) => ({
      path,
      before: old.get(path) ?? '',
      after: fresh.get(path) ?? '',
      live: LIVE.has(path) || sections.some((section) => path === section || path.startsWith(`${section}.`)),
    }));
}

function flatten(value: unknown, path = '', into: Map<string, string> = new Map()): Map<string, string> {
  // What is served with nothing said of it is an empty object, and there all the same.
  if (!isObject(value) || (path !== '' && Object.keys(value).length === 0))
    return into.set(path, JSON.stringify(value));
  for (const [key, member] of Object.entries(value)) flatten(member, path === '' ? key : `${path}.${key}`, into);
  return into;
}

/** The part of a configuration that a running host takes. */
export function reloadOf({ http, limits = {} }: Config): Reload {
  const taken: Partial<Record<keyof Limits, number>> = {};
  for (const name of RELOADABLE_LIMITS) {
    const value = limits[name];
    if (value !== undefined) taken[name] = value;
  }
  return {
    limits: taken,
    allowedHosts: http?.allowedHosts ?? [],
    allowedOrigins: http?.allowedOrigins ?? [],
  };
}

/**
 * The configuration that runs after a reload: `running` with what could be taken of `wanted`.
 * @param sections Those that the running host takes as a whole.
 */
export function afterReload(running: Config, wanted: Config, sections: readonly Section[] = []): Config {
  const { allowedHosts: _hosts, allowedOrigins: _origins, ...http } = running.http ?? {};
  const limits: Partial<Record<keyof Limits, number>> = { ...running.limits };
  for (const name of RELOADABLE_LIMITS) {
    const value = wanted.limits?.[name];
    if (value === undefined) delete limits[name];
    else limits[name] = value;
  }
  const rest = Object.entries(running).filter(([name]) => !sections.some((section) => section === name));
  const taken = sections.flatMap((section) =>
    wanted[section] === undefined ? [] : [[section, wanted[section]] as const],
  );
  return {
    ...(Object.fromEntries([...rest, ...taken]) as Config),
    ...(running.http === undefined && wanted.http === undefined ? {} : { http: { ...http, ...listsOf(wanted) } }),
    ...(Object.keys(limits).length === 0 && running.limits === undefined ? {} : { limits }),
  };
}

function listsOf({ http }: Config) {
  return {
    ...(http?.allowedHosts === undefined ? {} : { allowedHosts: http.allowedHosts }),
    ...(http?.allowedOrigins === undefined ? {} : { allowedOrigins: http.allowedOrigins }),
  };
}
