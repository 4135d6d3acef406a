import type { buildConnector } from 'undici';
import { createConnector, type ConnectRules } from '../../capabilities/http/connect.ts';
import type { HostName } from '../../capabilities/http/host.ts';
import { checkUrl, resolveTarget, takeUrl, type Where } from '../../capabilities/http/target.ts';

/** A URL that may be asked for, and the declared host that it is on; there is none only while the control is off. */
export interface Allowed {
  readonly url: URL;
  readonly host: HostName | undefined;
}

/** Where the outbound requests of tools may go. */
export interface OutboundGuard {
  /** @throws HttpError `refused`. */
  target(where: Where, hosts: readonly HostName[]): Allowed;
  /** Where a redirect leads. @throws HttpError `refused`. */
  redirect(url: URL, hosts: readonly HostName[]): Allowed;
  /** Whether what belongs to the one host must not go to the other. */
  parts(from: Allowed, to: Allowed): boolean;
  /** What makes connections. */
  connector(rules: ConnectRules): buildConnector.connector | { readonly timeout: number };
}

/**
 * Lets a tool reach the hosts that it declared, over https, at public addresses, and nothing else: names are compared
 * exactly, resolved once for each connection, and connected to at the address that was checked; each redirect is looked
 * at like a request (VAL-08). With the control off a request goes wherever its URL says.
 */
export function configure(weakened: ReadonlySet<string>): OutboundGuard {
  if (weakened.has('outbound-guard')) return OPEN;
  return GUARD;
}

const GUARD: OutboundGuard = Object.freeze({
  target: resolveTarget,
  redirect: (url: URL, hosts: readonly HostName[]) => checkUrl(url.href, hosts),
  parts: ({ host: from }: Allowed, { host: to }: Allowed) => from?.key !== to?.key,
  connector: createConnector,
});

const OPEN: OutboundGuard = Object.freeze({
  target: (where: Where, hosts: readonly HostName[]) =>
    where.url === undefined ? resolveTarget(where, hosts) : takeUrl(new URL(where.url), hosts),
  redirect: takeUrl,
  parts: () => false,
  connector: ({ timeoutMs }: ConnectRules) => ({ timeout: timeoutMs }),
});
