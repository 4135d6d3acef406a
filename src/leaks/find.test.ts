import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LeakActions } from '../pipeline/leaks.ts';
import { createFinder } from './find.ts';

const DEFAULT: LeakActions = {
  credentials: 'mask',
  email: 'allow',
  phone: 'allow',
  iban: 'allow',
  card: 'allow',
  nationalId: 'allow',
};
const ALL: LeakActions = {
  credentials: 'mask',
  email: 'mask',
  phone: 'mask',
  iban: 'mask',
  card: 'mask',
  nationalId: 'mask',
};
const [usual, every] = [createFinder(DEFAULT), createFinder(ALL)];

// Put together here, so that no scanner takes this file for a leak.
const join = (...parts: readonly string[]) => parts.join('');

const CREDENTIALS: readonly string[] = [
  join('AKIA', 'Q4T7Z2XW5NB3KD6M'),
  join('ghp_', 'a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3UoKi5'),
  join('github_pat_', '11ABCDEFG0aBcDeFgHiJkL_mN0pQrStUvWxYz12345'),
  join('glpat-', 'x9Kd-2LmQ_8fTzR4vWc7'),
  join('xoxb-', '123456789012-1234567890123-a8Fk2LmQ9xTzR4vWc7Yb1NdH'),
  join('https://hooks.slack.com/services/', 'T01ABCDEF/B01ABCDEF/a8Fk2LmQ9xTzR4vWc7Yb1NdH'),
  join('sk_live_', 'a8Fk2LmQ9xTzR4vWc7Yb1NdH'),
  join('whsec_', 'a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3U'),
  join('AIza', 'SyA8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3Uo'),
  join('ya29.', 'a0AfH6SMBx9Kd2LmQ8fTzR4vWc7Yb1NdH'),
  join('npm_', 'a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3UoKi5'),
  join('sk-ant-', 'api03-a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3UoKi5'),
  join('SG.', 'a8Fk2LmQ9xTzR4vWc7Yb1N.dHs6PjGe3UoKi5a8Fk2LmQ9xTzR4'),
  join('eyJ', 'hbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWJ5dGVz'),
  '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n-----END EC PRIVATE KEY-----',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk',
  'postgres://app:hunter2-hunter2@db.internal/notes',
  'DefaultEndpointsProtocol=https;AccountKey='.concat(
    'a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3UoKi5'.repeat(3).slice(0, 86),
    '==',
  ),
];

function found(finder: typeof usual, text: string): readonly string[] {
  return finder.find(text).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);
}

test('credentials are found in text and in JSON, by the policy that is there unless told', () => {
  for (const credential of CREDENTIALS) {
    const text = `the key is ${credential}, keep it`;
    const [leak] = usual.find(text);
    assert.equal(leak?.kind, 'credentials', credential);
    assert.ok(text.slice(leak.start, leak.end).length >= 20 || credential.includes(text.slice(leak.start, leak.end)));
    assert.equal(usual.mayHold(JSON.stringify({ deep: [text] })), true, credential);
  }
});

test('placeholders and ordinary words are none', () => {
  for (const text of [
    'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'AKIAAAAAAAAAAAAAAAAA',
    'https://user:password@host/path and postgres://user:<password>@host',
    'risk-management-of-supply-chains-and-desk-based-reviews-in-2026',
    '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----',
    'eyJub3QiOiJhIGp3dCJ9.eyJzdWIiOiJhIn0.c2ln',
    'commit 2f1728e6b9d4c3a18f0e7d6c5b4a39281706f5e4 of 550e8400-e29b-41d4-a716-446655440000',
    'https://example.com/a/very/long/path/that/goes/on/and/on?with=query&and=more',
  ])
    assert.deepEqual(found(usual, text), [], text);
});

test('personal data is found where it is looked for, with its check digits', () => {
  for (const [text, leak] of [
    ["write to bob.o'neil+x@mail.example.co.uk now", "email: bob.o'neil+x@mail.example.co.uk"],
    ['call +49 (30) 1234-5678', 'phone: +49 (30) 1234-5678'],
    ['call 0049 30 12345678', 'phone: 0049 30 12345678'],
    ['(555) 234-5678', 'phone: (555) 234-5678'],
    ['REF12 DE89 3704 0044 0532 0130 00 2024', 'iban: DE89 3704 0044 0532 0130 00'],
    ['GB82WEST12345698765432', 'iban: GB82WEST12345698765432'],
    ['4111 1111 1111 1111 12/27', 'card: 4111 1111 1111 1111'],
    ['3782 822463 10005', 'card: 3782 822463 10005'],
    ['no 5555555555554444.', 'card: 5555555555554444'],
    ['078-05-1120', 'nationalId: 078-05-1120'],
    ['AB 12 34 56 C', 'nationalId: AB 12 34 56 C'],
    ['12345678Z', 'nationalId: 12345678Z'],
    ['RSSMRA85T10A562S', 'nationalId: RSSMRA85T10A562S'],
    ['2 55 08 14 168 025 38', 'nationalId: 2 55 08 14 168 025 38'],
    ['44051401359', 'nationalId: 44051401359'],
    ['111.444.777-35', 'nationalId: 111.444.777-35'],
  ] as const) {
    assert.deepEqual(found(every, text), [leak]);
    assert.equal(every.mayHold(text), true, text);
    assert.deepEqual(found(usual, text), []);
  }
  for (const text of [
    '4111 1111 1111 1112',
    '1234567890123456',
    'GB83WEST12345698765432',
    '000-05-1120',
    '12345678A',
    'RSSMRA85T10A562T',
    '44051401358',
    '111.444.777-36',
    '2026-11-21T10:00:00Z 10.0.0.1 v1.2.3 00000000000000',
  ])
    assert.deepEqual(found(every, text), [], text);
});

test('the quick look never misses what the search finds', () => {
  const pieces = fc.oneof(
    fc.constantFrom(...CREDENTIALS, '4111111111111111', 'a@example.com', '+4930123456789', '078-05-1120'),
    fc.string(),
    fc.constantFrom(' ', '"', ',', '://', '@', ':'),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
      const text = parts.join('');
      for (const finder of [usual, every])
        if (finder.find(text).length > 0) assert.equal(finder.mayHold(text), true, text);
    }),
    { numRuns: 3000 },
  );
});

test('hostile texts cost no more than long ones', () => {
  for (const piece of [
    '@',
    '://:',
    'AKIA',
    'ghp_',
    'eyJaaaaaaaaaa.',
    '4',
    '4 ',
    '1-',
    '+1 ',
    'a@',
    'DE89 ',
    '-----BEGIN ',
    'AB12',
  ]) {
    const text = piece.repeat(40_000 / piece.length);
    every.mayHold(text);
    assert.deepEqual(every.find(text), [], piece);
  }
});
