import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Where an address leads. `never` is what no audit may reach, whoever names it. */
export type Reach = 'loopback' | 'private' | 'public' | 'never';

/** An address, as `node:net` wants it. */
export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

const LOOPBACK = listOf(['127.0.0.0/8', '::1/128']);
const PRIVATE = listOf(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']);
/**
 * Link-local, where clouds put their metadata and with it credentials; unspecified, multicast, broadcast, and what only documents or
 * tests (RFC 6890); the metadata addresses that lie elsewhere (AWS over IPv6, Alibaba, Azure's wire server); and the ways to write
 * an IPv4 address as an IPv6 one (RFC 4291, 6052, 3056, 4380), which would lead past the lists.
 */
const NEVER = listOf([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/128',
  'fe80::/10',
  'fd00:ec2::254/128',
  'ff00::/8',
  '2001:db8::/32',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  '2001::/32',
]);

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Where an address leads; an IPv4 address that is written as an IPv6 one is taken for what it is. */
export function reachOf(address: string): Reach {
  const family = isIP(address);
  if (family === 0) return 'never';
  const name = family === 6 ? 'ipv6' : 'ipv4';
  if (NEVER.check(address, name)) return 'never';
  if (LOOPBACK.check(address, name)) return 'loopback';
  return PRIVATE.check(address, name) ? 'private' : 'public';
}

/**
 * Resolves a host once, so that what was looked at is what is connected to.
 * @param allows What of its addresses may be used.
 * @returns The first address that may be; undefined where there is none, or one of them may never be.
 */
export async function resolveHost(hostname: string, allows: (reach: Reach) => boolean): Promise<Address | undefined> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  const found = family === 0 ? await lookup(bare, { all: true }).catch(() => []) : [{ address: bare, family }];
  if (found.some(({ address }) => reachOf(address) === 'never')) return undefined;
  const usable = found.find(({ address }) => allows(reachOf(address)));
  return usable === undefined ? undefined : { address: usable.address, family: usable.family === 6 ? 6 : 4 };
}
