import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMATS } from './formats.ts';

const TABLE: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  date: {
    good: ['2024-02-29', '1999-12-31'],
    bad: ['2023-02-29', '2024-13-01', '2024-00-10', '2024-1-1', '2024-04-31'],
  },
  time: {
    good: ['23:59:60Z', '10:00:00.5+01:00', '15:59:60-08:00'],
    bad: ['24:00:00Z', '10:00:00', '10:00:60Z', '10:00Z'],
  },
  'date-time': {
    good: ['2024-02-29T10:00:00Z', '2024-02-29t10:00:00z'],
    bad: ['2024-02-30T10:00:00Z', '2024-02-29 10:00:00Z', '2024-02-29T10:00:00'],
  },
  duration: { good: ['P1Y2M3DT4H5M6S', 'PT1S', 'P4W'], bad: ['P', 'PT', 'P1S', '1D', 'P1W2D'] },
  uuid: {
    good: ['2EB8AA08-AA98-11EA-B4AA-73B441D16380'],
    bad: ['2EB8AA08-AA98-11EA-B4AA-73B441D1638', '2EB8AA08AA9811EAB4AA73B441D16380'],
  },
  email: {
    good: ['a.b+c@example.com', "o'x@a-b.example"],
    bad: ['a@', '@a', 'a b@c.d', 'a..b@c.d', '.a@c.d', 'a@b@c d', `${'a'.repeat(65)}@b.c`, 'a@-b.c'],
  },
  hostname: {
    good: ['a', 'www.example.com', 'xn--4gbwdl.xn--wgbh1c'],
    bad: ['', '-a', 'a-', 'a..b', 'a_b', 'a.', `${'a'.repeat(64)}.b`, 'a b'],
  },
  ipv4: { good: ['127.0.0.1'], bad: ['127.1', '0x7f.0.0.1', '256.0.0.1', '1.2.3.4.5', '2130706433'] },
  ipv6: { good: ['::1', '::ffff:127.0.0.1', 'fe80::1'], bad: ['fe80::1%eth0', '1::2::3', '127.0.0.1', ''] },
  uri: {
    good: ['https://a.example/b?c=d#e', 'urn:a:b', 'mailto:a@b'],
    bad: ['/a', 'a', 'http://a b', 'http://a/%zz', 'http://\u00e9', 'a:#b#c', ''],
  },
  'uri-reference': { good: ['/a', '', '#x', '../b'], bad: ['\\a', 'a b', '%'] },
  'json-pointer': { good: ['', '/a~1b/~0'], bad: ['a', '/~2', '/~'] },
};

test('every format has good and bad examples', () => {
  assert.deepEqual([...FORMATS.keys()].sort(), Object.keys(TABLE).sort());
  for (const [name, { good, bad }] of Object.entries(TABLE)) {
    for (const text of good) assert.equal(FORMATS.get(name)?.(text), true, `${name} ${text}`);
    for (const text of bad) assert.equal(FORMATS.get(name)?.(text), false, `${name} ${text}`);
  }
});

test('long hostile texts are answered', () => {
  for (const [name, check] of FORMATS) {
    for (const part of ['a', '1', '.', 'a.', '%41', '#', '~0', 'P1D', ':', '@', '-']) {
      assert.equal(typeof check(part.repeat(200_000)), 'boolean', name);
    }
  }
});
