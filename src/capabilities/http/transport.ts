import { Agent, type Dispatcher } from 'undici';
import type { Profile } from '../../pipeline/settings.ts';
import type { CapabilityRuntime, HostOptions } from '../capability.ts';
import { readRanges, type AllowedRanges } from './address.ts';
import type { HostName } from './host.ts';
import type { HttpSpec } from './options.ts';

/** What makes the connections of one use of `http`. */
export interface Transport {
  /** Where the requests to a URL go, and what they are called there. */
  route(url: URL, host: HostName | undefined): Route;
  close(): Promise<void>;
}

/** A way to send one request. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  /** Sent as `Host` where the connection goes to a stand-in. */
  readonly host?: string;
}

const HEADER_BYTES = 16_384;
const CONNECTIONS = 32;

/** What the deployment says of the declared hosts. */
export function hostOptions(spec: HttpSpec, runtime: CapabilityRuntime): ReadonlyMap<string, HostOptions> {
  return new Map(
    spec.hosts.map(({ key }) => {
      const own = Object.hasOwn(runtime.hosts, key) ? runtime.hosts[key] : undefined;
      return [key, own ?? {}] as const;
    }),
  );
}

/**
 * Opens the connections of declared hosts.
 * @throws TypeError on a stand-in that production would use or that is not on loopback, or on a range that is not private.
 */
export function openTransport(
  spec: HttpSpec,
  options: ReadonlyMap<string, HostOptions>,
  profile: Profile,
  connectorFor: (rangesOf: (name: string) => AllowedRanges) => NonNullable<Agent.Options['connect']>,
): Transport {
  const standIns = new Map<string, URL>();
  const ranges = new Map<string, AllowedRanges>();
  for (const { key, name } of spec.hosts) {
    const { standIn, addresses } = options.get(key) ?? {};
    if (standIn !== undefined) standIns.set(key, readStandIn(key, standIn, profile));
    if (addresses !== undefined) ranges.set(name, readRanges(`hosts.${key}.addresses`, addresses));
  }
  const common = {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: spec.timeoutMs,
    bodyTimeout: spec.timeoutMs,
  };
  const outside = new Agent({ ...common, connect: connectorFor((name) => ranges.get(name) ?? []) });
  const inside = standIns.size === 0 ? undefined : new Agent({ ...common, connect: { timeout: spec.connectMs } });
  return {
    route(url: URL, host: HostName | undefined): Route {
      const standIn = host === undefined ? undefined : standIns.get(host.key);
      const path = url.pathname + url.search;
      if (standIn === undefined || inside === undefined) return { dispatcher: outside, origin: url.origin, path };
      const base = standIn.pathname.replace(/\/$/, '');
      return { dispatcher: inside, origin: standIn.origin, path: base + path, host: url.host };
    },
    async close(): Promise<void> {
      await Promise.all([outside.destroy(), inside?.destroy()]);
    },
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function readStandIn(key: string, standIn: string, profile: Profile): URL {
  if (profile !== 'dev')
    throw new TypeError(`hosts.${key}.standIn: a stand-in is for the dev profile. Take it out of this deployment.`);
  const url = URL.parse(standIn);
  if (url === null || url.protocol !== 'http:' || !LOOPBACK.test(url.hostname) || url.search !== '')
    throw new TypeError(`hosts.${key}.standIn: give a base URL on loopback, such as "http://127.0.0.1:4000".`);
  return url;
}
