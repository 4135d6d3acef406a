import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFacts, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { configure, tokenFromQuery } from './control.ts';

const control = configure(testSettings());

function decide(options: Parameters<typeof httpFacts>[0]): unknown {
  return control(new Exchange('http', 'modern', httpFacts(options)));
}

test('a request with one header and no query passes, and so does one that came over a pipe', () => {
  assert.deepEqual(decide({ headers: { authorization: 'Bearer a' } }), { pass: true });
  assert.deepEqual(decide({}), { pass: true });
  assert.deepEqual(control(new Exchange('stdio', 'modern')), { pass: true });
});

test('a query that names a credential is refused, wherever and however it is named', () => {
  for (const query of [
    'access_token=a',
    'ACCESS_TOKEN=a',
    'a=1&access_token=a',
    'a=1;access_token=a',
    '%61ccess_token=a',
    '%74oken=a',
    'a=1%26t%6Fken=a',
    'access%5ftoken=a',
    'access_token[]=a',
    'access_token',
    'token=a',
    'id_token=a',
    'api_key=a',
    'apiKey=a',
    'authorization=Bearer%20a',
    'client_secret=a',
    '?access_token=a',
  ]) {
    assert.deepEqual(decide({ query }), { pass: false, code: 'TOKEN_IN_URL' }, query);
    const both = decide({ query, headers: { authorization: 'Bearer a' } });
    assert.deepEqual(both, { pass: false, code: 'TOKEN_IN_URL' }, query);
  }
});

test('the refusal says nothing of the query', () => {
  assert.doesNotMatch(JSON.stringify(decide({ query: 'access_token=SECRET' })), /SECRET/);
});

test('other queries pass', () => {
  for (const query of ['', 'a=1', 'q=my+words', 'trace=00-ab', '%', '%zz=1']) {
    assert.deepEqual(decide({ query }), { pass: true }, query);
  }
});

test('two Authorization headers are refused, whatever their case', () => {
  const rawHeaders = ['Host', 'x', 'Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer b'];
  assert.deepEqual(decide({ headers: { authorization: 'Bearer a' }, rawHeaders }), {
    pass: false,
    code: 'TOKEN_INVALID',
    detail: 'several Authorization headers',
  });
  const other = ['Authorization', 'Bearer a', 'Proxy-Authorization', 'Basic b', 'X-Note', 'authorization'];
  assert.deepEqual(decide({ headers: { authorization: 'Bearer a' }, rawHeaders: other }), { pass: true });
});

test('a long hostile query is decided in one pass', () => {
  assert.deepEqual(decide({ query: 'toke'.repeat(500_000) }), { pass: true });
  assert.deepEqual(decide({ query: 'a&'.repeat(500_000) }), { pass: true });
});

test('what the attack needs when the control is off', () => {
  assert.equal(tokenFromQuery('a=1&access_token=a.b'), 'Bearer a.b');
  assert.equal(tokenFromQuery('a=1'), undefined);
});
