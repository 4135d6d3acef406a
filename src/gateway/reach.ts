import type { UpstreamNeeds } from './options.ts';

/** Whether anything that an upstream is told can leave this machine by it. */
export function reachesOut({ hosts = [], network }: UpstreamNeeds): boolean {
  return hosts.length > 0 || network !== undefined;
}

/** What an upstream reaches of the network, for people. */
export function describeReach({ hosts = [], network }: UpstreamNeeds = {}): string {
  if (network !== undefined)
    return 'reaches THE WHOLE NETWORK of this machine, unguarded: loopback, private addresses, metadata. Rather name needs.hosts';
  return hosts.length === 0 ? 'reaches no network' : `reaches ${hosts.join(', ')}`;
}
