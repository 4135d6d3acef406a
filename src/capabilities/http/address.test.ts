import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSameAddress, mayConnect, readAddress, readRanges } from './address.ts';

const CLOSED = [
  // loopback, unspecified, this network
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0.1.2.3',
  '::1',
  '::',
  // private, shared, link-local
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '169.254.1.1',
  'fe80::1',
  'febf::1',
  'fc00::1',
  'fd12:3456::1',
  'fec0::1',
  // metadata
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
  // protocol assignments, documentation, benchmarking, relays, reserved, multicast, broadcast
  '192.0.0.8',
  '192.0.2.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.88.99.1',
  '192.175.48.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  'ff02::1',
  '2001:db8::1',
  '3fff::1',
  '2001:2::1',
  '2001:20::1',
  '5f00::1',
  '100::1',
  // IPv4 inside IPv6: mapped, compatible, translated (both prefixes), 6to4, Teredo, ISATAP
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::808:808',
  '64:ff9b:1::a00:1',
  '2002:7f00:1::1',
  '2001:0:7f00:1::1',
  '2606:4700::5efe:7f00:1',
  '2606:4700::200:5efe:7f00:1',
  // not an address of the usual notation
  'fe80::1%eth0',
  '2606:4700::1111%1',
  '127.1',
  '0177.0.0.1',
  '2130706433',
  '0x7f000001',
  'localhost',
  '',
  ' 8.8.8.8',
];

const OPEN = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.1', '192.0.1.1', '198.17.255.255'];
const OPEN_6 = ['2606:4700:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1'];

test('only global addresses may be connected to', () => {
  for (const address of CLOSED) assert.equal(mayConnect(address, []), false, address);
  for (const address of [...OPEN, ...OPEN_6]) assert.equal(mayConnect(address, []), true, address);
});

test('a deployment allows private ranges, and nothing that lies elsewhere', () => {
  const allowed = readRanges('hosts.x.addresses', ['10.1.0.0/16', 'fd12::/32', '100.64.0.0/10']);
  for (const address of ['10.1.2.3', 'fd12::1', '100.64.0.9', '8.8.8.8'])
    assert.ok(mayConnect(address, allowed), address);
  for (const address of ['10.2.0.1', '100.100.100.200', '127.0.0.1', '::ffff:10.1.2.3', '192.168.0.1'])
    assert.equal(mayConnect(address, allowed), false, address);
  for (const range of [
    '127.0.0.0/8',
    '169.254.0.0/16',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '8.8.8.0/24',
    '10.0.0.1',
    'x',
    '::/0',
    'fe80::/10',
  ])
    assert.throws(() => readRanges('hosts.x.addresses', [range]), /hosts\.x\.addresses: .* is no private range/, range);
});

test('metadata addresses stay closed inside of an allowed range', () => {
  const allowed = readRanges('hosts.x.addresses', ['fc00::/7', '100.64.0.0/10']);
  assert.equal(mayConnect('fd00:ec2::254', allowed), false);
  assert.equal(mayConnect('100.100.100.200', allowed), false);
});

test('no private IPv4 address is open in any form inside of IPv6', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('127', '10', '192.168', '169.254', '172.20', '100.64'),
      fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.constantFrom('::ffff:', '::', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', '2002:', '2001:0:'),
      (start, rest, prefix) => {
        const parts = [...start.split('.'), ...rest].slice(0, 4).map(Number);
        const [a = 0, b = 0, c = 0, d = 0] = parts;
        const dotted = parts.join('.');
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const six = prefix === '2002:' || prefix === '2001:0:' ? `${prefix}${hex}::1` : `${prefix}${dotted}`;
        assert.equal(mayConnect(dotted, []), false, dotted);
        assert.equal(mayConnect(six, []), false, six);
      },
    ),
  );
});

test('an address is the same in each of its notations', () => {
  assert.equal(isSameAddress('2606:4700::1', '2606:4700:0:0:0:0:0:1'), true);
  assert.equal(isSameAddress('8.8.8.8', '::ffff:8.8.8.8'), false);
  assert.equal(isSameAddress('8.8.8.8', '8.8.4.4'), false);
  assert.equal(isSameAddress('', ''), false);
  assert.equal(readAddress('8.8.8.8%1'), undefined);
});
