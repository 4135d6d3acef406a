import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ConfigError } from './problem.ts';
import { parseConfig } from './read.ts';

const SECRETS = 'secrets: { a: { from: "file:a" }, b: { from: "file:b" } }';

function read(upstream: string) {
  return parseConfig(`profile: dev\n${SECRETS}\nupstreams:\n  up: ${upstream}\n`, 'p.yaml').config.upstreams?.['up'];
}

function faultOf(upstream: string): string {
  try {
    read(upstream);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

const AT = 'url: "https://up.example.com/mcp"';
const ISSUER = 'issuer: "https://login.example.com"';

const GOOD = [
  '{ kind: secret, secret: a, header: x-api-key }',
  '{ kind: client-credentials, clientId: me, clientKey: a, scopes: [read] }',
  `{ kind: client-credentials, clientId: me, clientSecret: a, ${ISSUER}, resource: "https://up.example.com/other" }`,
  '{ kind: assertion, key: a, audience: up }',
  '{ kind: login }',
  '{ kind: login, pinWith: b, clientId: me, scopes: [read] }',
  `{ kind: exchange, clientId: me, clientSecret: a, ${ISSUER}, scopes: [read] }`,
  `{ kind: exchange, clientId: me, clientKey: a, ${ISSUER}, scopes: [read], subject: assertion, key: b }`,
];

for (const credential of GOOD) {
  test(`a credential is read: ${credential}`, () => {
    assert.equal(typeof read(`{ ${AT}, credential: ${credential} }`)?.credential?.kind, 'string');
  });
}

const BAD: readonly (readonly [string, RegExp])[] = [
  [`{ ${AT}, credential: { kind: token } }`, /credential/],
  [`{ ${AT}, credential: { kind: login, clientSecret: a } }`, /otherwise the upstream says where the password goes/],
  [`{ ${AT}, credential: { kind: login, clientSecret: a, clientKey: b, ${ISSUER} } }`, /and not both/],
  [`{ ${AT}, credential: { kind: client-credentials, clientId: me } }`, /Give a clientSecret or a clientKey/],
  [`{ ${AT}, credential: { kind: client-credentials, clientId: me, clientSecret: a } }`, /Write the issuer/],
  [`{ ${AT}, credential: { kind: exchange, clientId: me, clientKey: a, scopes: [read] } }`, /issuer/],
  [`{ ${AT}, credential: { kind: exchange, clientId: me, clientKey: a, ${ISSUER} } }`, /scopes/],
  [
    `{ ${AT}, credential: { kind: exchange, clientId: me, clientKey: a, ${ISSUER}, scopes: [read], subject: assertion } }`,
    /belong together/,
  ],
  [
    `{ ${AT}, credential: { kind: login, issuer: "https://login.example.com?a=b" } }`,
    /credential\.issuer: has not the right form/,
  ],
  [`{ ${AT}, isolation: shared, credential: { kind: login } }`, /says who the caller is/],
  ['{ command: /bin/true, credential: { kind: login } }', /"credential" is for a URL/],
];

for (const [upstream, why] of BAD) {
  test(`a credential is refused: ${upstream}`, () => {
    assert.match(faultOf(upstream), why);
  });
}

test('every configuration of the guide is read', () => {
  const guide = readFileSync(new URL('../../docs/guides/gateway-credentials.md', import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, body = '']) => body);
  assert.equal(blocks.length, 3);
  for (const block of blocks) assert.notEqual(parseConfig(block, 'guide').config.upstreams, undefined);
});
