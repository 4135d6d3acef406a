import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const OPEN = `import open from 'open';`;

test('wrong: an address that is opened as it comes', () => {
  assert.equal(judgeCode(rule, toolServer('await open(input.url);', 'url: z.string()', OPEN))?.status, 'fail');
});

test('wrong: the page of a server that a client signs in to', () => {
  const judged = judgeCode(
    rule,
    `import open from 'open';
export class Provider { async redirectToAuthorization(url) { await open(url.href); } }`,
  );
  assert.equal(judged?.status, 'fail');
});

test('right: what a library has written anew, which throws for every other scheme', () => {
  const before = `${OPEN}\nimport { sanitizeUrl } from 'strict-url-sanitise';`;
  assert.equal(
    judgeCode(rule, toolServer('await open(sanitizeUrl(input.url));', 'url: z.string()', before))?.status,
    'pass',
  );
});

test('right: only web pages', () => {
  const body =
    "const url = new URL(input.url); if (url.protocol !== 'https:') throw new Error('no'); await open(url.href);";
  assert.equal(judgeCode(rule, toolServer(body, 'url: z.string()', OPEN))?.status, 'pass');
});
