import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const client = (check: string): string => `export async function where(server: URL) {
  const answer = await fetch(new URL('/.well-known/oauth-protected-resource', server));
  const metadata = await answer.json();
  ${check}
  return { issuer: metadata.authorization_servers[0], resource: metadata.resource };
}`;

test('wrong: the resource is taken as it comes', () => {
  assert.equal(judgeCode(rule, client(''))?.status, 'fail');
  assert.equal(judgeCode(rule, client("if (metadata.resource === undefined) throw new Error('no');"))?.status, 'fail');
  assert.equal(judgeCode(rule, client("if (typeof metadata.resource !== 'string') return;"))?.status, 'fail');
});

test('right: it is compared, here or by a function, or not read at all', () => {
  assert.equal(
    judgeCode(rule, client("if (metadata.resource !== server.href) throw new Error('no');"))?.status,
    'pass',
  );
  assert.equal(judgeCode(rule, client('checkResourceAllowed(metadata.resource, server);'))?.status, 'pass');
  const other = client('').replace(', resource: metadata.resource', '');
  assert.equal(judgeCode(rule, other), undefined);
});

test('a server that publishes the metadata is not asked', () => {
  const server =
    "app.get('/.well-known/oauth-protected-resource', (_, res) => res.json({ resource: URL, authorization_servers: [] }));";
  assert.equal(judgeCode(rule, server), undefined);
});
