import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;
type Range = readonly [Address, number];

const ranges = (...list: readonly string[]): readonly Range[] => list.map((range) => ipaddr.parseCIDR(range));

/** Addresses from which a cloud hands credentials to its machines; no deployment can allow them. */
const METADATA = ranges(
  '169.254.0.0/16', // AWS, Azure, Google Cloud, OpenStack, ECS and EKS
  '168.63.129.16/32', // Azure's host, though its address is a public one
  '100.100.100.200/32', // Alibaba Cloud
  '192.0.0.192/32', // Oracle Cloud
  'fd00:ec2::/32', // AWS
  'fd20:ce::/32', // Google Cloud
  'fe80::/10',
);

/** IANA IPv4 Special-Purpose Address Registry, with multicast (RFC 5771) and class E (RFC 1112). */
const SPECIAL_4 = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
);

/** All that is routed globally (RFC 4291 section 2.4): what maps, embeds or translates IPv4 elsewhere lies outside. */
const GLOBAL_6 = ranges('2000::/3');

/** What of it is not: IETF assignments with Teredo, documentation, 6to4, AS112, documentation again. */
const SPECIAL_6 = ranges('2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20');

/** What a deployment may allow for a host of its own (RFC 1918, RFC 6598, RFC 4193). */
const PRIVATE = ranges('10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7');

function inside(address: Address, list: readonly Range[]): boolean {
  return list.some(([base, bits]) => base.kind() === address.kind() && address.match([base, bits]));
}

/** ISATAP embeds an IPv4 address behind any prefix (RFC 5214 section 6.1). */
function isIsatap(address: Address): boolean {
  if (!(address instanceof ipaddr.IPv6)) return false;
  const [, , , , fifth = 0, sixth] = address.parts;
  return sixth === 0x5efe && (fifth & 0xfdff) === 0;
}

/** The canonical form of an address in the usual notation; `undefined` for a name, another notation or a zone id. */
export function readAddress(text: string): Address | undefined {
  return isIP(text) === 0 || text.includes('%') ? undefined : ipaddr.parse(text);
}

/**
 * Whether a connection may be made to an address: a global one, or one in a private range that the deployment allows
 * for this host.
 */
export function mayConnect(text: string, allowed: readonly Range[]): boolean {
  const address = readAddress(text);
  if (address === undefined || inside(address, METADATA)) return false;
  if (inside(address, allowed)) return true;
  if (address.kind() === 'ipv4') return !inside(address, SPECIAL_4);
  return inside(address, GLOBAL_6) && !inside(address, SPECIAL_6) && !isIsatap(address);
}

/** Whether two texts are one address. */
export function isSameAddress(one: string, other: string): boolean {
  const [left, right] = [readAddress(one), readAddress(other)];
  return left !== undefined && right !== undefined && left.toNormalizedString() === right.toNormalizedString();
}

/** Private ranges that a deployment allows for one host. */
export type AllowedRanges = readonly Range[];

/**
 * Reads the ranges of `hosts.<name>.addresses`.
 * @throws TypeError on anything but a range that lies within a private one.
 */
export function readRanges(where: string, list: readonly string[]): AllowedRanges {
  return list.map((text) => {
    let range: Range | undefined;
    try {
      range = ipaddr.parseCIDR(text);
    } catch {
      range = undefined;
    }
    const within = PRIVATE.some(
      ([base, bits]) =>
        range !== undefined && base.kind() === range[0].kind() && range[1] >= bits && range[0].match([base, bits]),
    );
    if (range === undefined || !within) {
      throw new TypeError(
        `${where}: ${JSON.stringify(text)} is no private range. Use for example "10.1.0.0/16"; public addresses need none.`,
      );
    }
    return range;
  });
}
