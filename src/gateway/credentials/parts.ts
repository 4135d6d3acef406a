import type { CapabilityRuntime } from '../../capabilities/capability.ts';
import { readRanges } from '../../capabilities/http/address.ts';
import { isLoopbackHost, parseResource } from '../../identity/resource.ts';
import { createOutbound, type Outbound } from './outbound.ts';

/** What of a runtime credentials use; a command has no store to keep logins in, and nothing is lent to it. */
export type CredentialRuntime = Pick<CapabilityRuntime, 'profile' | 'hosts' | 'secrets' | 'lent' | 'log'> &
  Partial<Pick<CapabilityRuntime, 'store' | 'weakened'>>;

/** What every kind of credential is opened with. */
export interface CredentialParts {
  /** Id of the upstream. */
  readonly upstream: string;
  /** Its URL as configured. */
  readonly url: string;
  readonly runtime: CredentialRuntime;
  readonly outbound: Outbound;
  /** Reads the value of a secret, now. */
  readonly reveal: (name: string) => () => Promise<string>;
  readonly remember: (value: string) => () => void;
  readonly log: (line: string) => void;
}

/**
 * Makes the parts of one credential.
 * @throws TypeError when what the deployment says of a host cannot be.
 */
export function createParts(
  upstream: string,
  url: string,
  issuer: string | undefined,
  runtime: CredentialRuntime,
): CredentialParts {
  const { hosts, profile, secrets, weakened = new Set<string>() } = runtime;
  // Only an upstream on this machine may have its authorization server here too, and only while developing.
  const isLocal = profile === 'dev' && isLoopback(url);
  const named = issuer !== undefined && isLoopback(issuer) ? new URL(issuer).origin : undefined;
  return {
    upstream,
    url,
    runtime,
    outbound: createOutbound({
      weakened,
      mayLoopback: (origin) => isLocal || origin === named,
      rangesOf: (name) => {
        const own = Object.hasOwn(hosts, name) ? hosts[name]?.addresses : undefined;
        return own === undefined ? [] : readRanges(`hosts.${name}.addresses`, own);
      },
    }),
    reveal: (name) => {
      // A name that is not there is a mistake of the deployment's, to be told at start-up.
      const secret = secrets.get(name);
      return async () => secrets.reveal(secret);
    },
    remember: (value) => runtime.lent?.remember(value) ?? (() => undefined),
    log: (line) => runtime.log(`upstream ${upstream}: ${line}`),
  };
}

function isLoopback(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isLoopbackHost(url.hostname);
}

/**
 * The resource that tokens are asked for: what is configured, or the URL without query and fragment.
 * @throws TypeError when it is not in canonical form.
 */
export function resourceOf(url: string, configured: string | undefined): string {
  if (configured !== undefined) return parseResource(configured);
  const parsed = new URL(url);
  return parsed.pathname === '/' ? parsed.origin : parsed.origin + parsed.pathname;
}
