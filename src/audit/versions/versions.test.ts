import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAffected } from './affected.ts';
import { cvssBase, severityOf } from './cvss.ts';
import { comparePep440 } from './pep440.ts';
import { compareSemver } from './semver.ts';

type Compare = (a: string, b: string) => number | undefined;

function assertOrder(compare: Compare, versions: readonly string[]): void {
  for (const [i, a] of versions.entries())
    for (const [j, b] of versions.entries())
      assert.equal(Math.sign(compare(a, b) ?? Number.NaN), Math.sign(i - j), `${a} and ${b}`);
}

test('versions of npm stand in the order of Semantic Versioning, section 11', () => {
  assertOrder(compareSemver, [
    '0.9.10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.2',
    '1.2.0',
    '1.10.0',
    '10.0.0',
  ]);
  assert.equal(compareSemver('1.2.3+build', 'v1.2.3'), 0);
  for (const odd of ['', 'latest', '1.x', 'file:a', '1.2.3.4']) assert.equal(compareSemver(odd, '1.2.3'), undefined);
});

test('versions of Python stand in the order of PEP 440', () => {
  assertOrder(comparePep440, [
    '0.9.dev1',
    '1.0.dev456',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12.dev456',
    '1.0a12',
    '1.0b1.dev456',
    '1.0b2',
    '1.0b2.post345.dev456',
    '1.0b2.post345',
    '1.0rc1.dev456',
    '1.0rc1',
    '1.0',
    '1.0+abc.5',
    '1.0+abc.7',
    '1.0+5',
    '1.0.post456.dev34',
    '1.0.post456',
    '1.1.dev1',
    '1.10',
    '2026.1',
    '1!0.1',
  ]);
  for (const [a, b] of [
    ['1.0', '1.0.0'],
    ['1.0-alpha1', '1.0a1'],
    ['V1.0c1', '1.0rc1'],
    ['1.0-1', '1.0.post1'],
    ['1.0.DEV', '1.0.dev0'],
  ] as const)
    assert.equal(comparePep440(a, b), 0, `${a} and ${b}`);
  for (const odd of ['', 'latest', '1.x', '1.0-', '1.0+']) assert.equal(comparePep440(odd, '1.0'), undefined);
});

test('both orders are orders: turned around they turn around', () => {
  const part = fc.constantFrom('0', '1', '10', '.', '-', 'a', 'rc', 'dev', 'post', '+', '!');
  const version = fc.array(part, { maxLength: 10 }).map((parts) => parts.join(''));
  for (const compare of [compareSemver, comparePep440])
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [one, other] = [compare(a, b), compare(b, a)];
        assert.equal(one === undefined, other === undefined);
        if (one !== undefined) assert.equal(Math.sign(one) + Math.sign(other ?? 0), 0);
      }),
    );
});

test('a version is within a range by the last event at or before it', () => {
  const events = [
    { kind: 'introduced', version: '2.0.0' },
    { kind: 'fixed', version: '2.3.1' },
    { kind: 'introduced', version: '0' },
    { kind: 'fixed', version: '1.5.0' },
  ] as const;
  const record = { ecosystem: 'npm', name: 'x', versions: [], ranges: [events] } as const;
  for (const version of ['0.0.1', '1.4.9', '1.5.0-rc.1', '2.0.0', '2.3.0'])
    assert.equal(isAffected('npm', version, record), true, version);
  for (const version of ['1.5.0', '1.9.9', '2.0.0-rc.1', '2.3.1', '3.0.0'])
    assert.equal(isAffected('npm', version, record), false, version);
  assert.equal(isAffected('npm', 'next', record), undefined);
  assert.equal(isAffected('npm', '9.0.0', { ...record, versions: ['9.0.0'] }), true);
});

test('scores are those of the CVSS calculator', () => {
  for (const [vector, score, word] of [
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10, 'critical'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', 7.5, 'high'],
    ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N', 5.5, 'medium'],
    ['CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N', 1.6, 'low'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, 'low'],
  ] as const) {
    assert.equal(cvssBase(vector), score, vector);
    assert.equal(severityOf(score), word);
  }
  for (const odd of ['', 'CVSS:4.0/AV:N', 'CVSS:3.1/AV:N', 'AV:N/AC:L']) assert.equal(cvssBase(odd), undefined);
});
