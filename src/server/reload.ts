import { configure as configureProduction } from '../controls/production-defaults/control.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { HttpOptions } from './deployment.ts';
import { resolveHttp } from './http/settings.ts';
import { NO_FACTS } from '../pipeline/start.ts';

/** A limit that a running host can change. */
export type ReloadableLimit = 'perMinutePrincipal' | 'burstPrincipal' | 'concurrentTotal' | 'resultBytes' | 'pageSize';

/** The limits that are read at each request, so that they can change between two. */
export const RELOADABLE_LIMITS: readonly ReloadableLimit[] = [
  'perMinutePrincipal',
  'burstPrincipal',
  'concurrentTotal',
  'resultBytes',
  'pageSize',
];

/** What a running host can change. What is left out goes back to its default. */
export interface Reload {
  readonly limits?: Partial<Pick<Limits, ReloadableLimit>>;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
}

/**
 * Makes the change function of a host. It checks everything first, and then changes everything in one synchronous step,
 * so that each request is decided by the old values or by the new ones.
 * @param options As the host was started; the names that it gave itself stay.
 * @throws (the function) TypeError that says what to mend; nothing is changed then.
 */
export function createReload(settings: Settings, options: HttpOptions, defaults: Limits): (next: Reload) => void {
  const { http, limits } = settings;
  return ({ limits: changed = {}, allowedHosts = [], allowedOrigins = [] }) => {
    const fresh: Partial<Record<ReloadableLimit, number>> = {};
    for (const name of RELOADABLE_LIMITS) fresh[name] = readLimit(name, changed[name] ?? defaults[name]);
    const next = http === undefined ? undefined : resolveHttp({ ...options, allowedHosts, allowedOrigins }, http.port);
    const facts = {
      ...NO_FACTS,
      profile: settings.profile,
    };
    const [problem] = configureProduction()({ ...facts, http: next });
    if (problem !== undefined) throw new TypeError(problem);
    // INVARIANT: nothing below can throw or wait.
    Object.assign(limits, fresh);
    if (http === undefined || next === undefined) return;
    replace(http.allowedHosts, next.allowedHosts);
    replace(http.allowedOrigins, next.allowedOrigins);
  };
}

function readLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`limits.${name}: give a whole number above 0.`);
}

/** The controls hold the very set, so it changes in place. */
function replace(live: ReadonlySet<string>, next: ReadonlySet<string>): void {
  if (!(live instanceof Set)) return;
  live.clear();
  for (const name of next) live.add(name);
}
