import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { findCredential, holdsRandom, locateCredential } from './credential-shape.ts';

const WORDS = 'a1B2c3D4e5'.repeat(6);

test('credentials are told by their form', () => {
  for (const [kind, text] of [
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['an age identity', `AGE-SECRET-KEY-1${'Q'.repeat(58)}`],
    ['an AWS access key', 'AKIAIOSFODNN7EXAMPLE'],
    ['a GitHub token', `ghp_${WORDS.slice(0, 36)}`],
    ['a GitHub token', `github_pat_${WORDS}`],
    ['a Slack token', `xoxb-${WORDS}`],
    ['a Stripe key', `sk_live_${WORDS}`],
    ['a Google API key', `AIza${WORDS.slice(0, 35)}`],
    ['a model provider key', `sk-ant-${WORDS}`],
    ['a HashiCorp Vault token', `hvs.${WORDS}`],
    ['a signed token', `eyJhbGciOiJub25lIn0.${WORDS}.${WORDS}`],
    ['a URL with a password', 'postgres://app:hunter2@db/notes'],
    ['a URL with a password', 'redis://:hunter2@db'],
    ['an authorization header', 'Authorization: Bearer 0123456789abcdef0'],
  ] as const)
    assert.equal(findCredential(`x ${text} y`), kind, text);
});

test('what is public, a place or a word is no credential', () => {
  for (const text of [
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'https://auth.example.com/realms/main',
    'https://user@example.com/',
    'file:/run/secrets/crm-token',
    'a bearer token is needed',
    'basic authentication',
    'sk-learn',
    'mcp:tools:call',
  ]) {
    assert.equal(findCredential(text), undefined, text);
    assert.equal(holdsRandom(text), false, text);
  }
});

test('texts drawn by chance are told from names, paths and identifiers', () => {
  for (const encoding of ['base64', 'base64url', 'hex'] as const) {
    const found = Array.from({ length: 2_000 }, () => holdsRandom(`at ${randomBytes(32).toString(encoding)}`));
    assert.ok(found.filter(Boolean).length > (encoding === 'base64' ? 1_500 : 1_900), encoding);
  }
  for (const text of [
    '/var/lib/portcullis/production/audit/checkpoints',
    '/tmp/portcullis-isolation-Ab3dEf/notes.db',
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    'https://login.microsoftonline.com/6f1b2c3d-0000-4a5b-8c9d-1234567890ab/v2.0',
    'arn:aws:iam::123456789012:role/PortcullisServerRole',
    'com.example.helpdesk.CustomerAccountService2',
    'search_notes_by_owner_and_phrase_v2',
    'X-Request-Correlation-Identifier',
  ])
    assert.equal(holdsRandom(text), false, text);
});

test('the place of a credential is told', () => {
  assert.deepEqual(locateCredential('# was AKIAIOSFODNN7EXAMPLE'), { kind: 'an AWS access key', index: 6 });
});

test('no text makes the forms slow', () => {
  for (const part of [
    '-',
    'a',
    'eyJ',
    'eyJaaaaaaaaaa.',
    'a://',
    'a:b',
    '://a:',
    'bearer ',
    'sk-',
    'xoxb-',
    '-----BEGIN ',
  ])
    findCredential(part.repeat(200_000 / part.length));
});
