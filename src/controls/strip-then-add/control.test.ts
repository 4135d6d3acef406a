import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCall } from '../../../test/support/runtime.ts';
import { testSettings } from '../../../test/support/settings.ts';
import { Exchange, type HttpFacts } from '../../pipeline/context.ts';
import { configure, passedOf } from './control.ts';

const http: HttpFacts = {
  method: 'POST',
  path: '/mcp',
  query: '',
  headers: {
    authorization: 'Bearer token',
    cookie: 'a=b',
    'x-forwarded-user': 'root',
    host: 'h',
    'content-length': '2',
  },
  rawHeaders: [],
  remoteAddress: '127.0.0.1',
  encrypted: false,
  connection: {},
};

function exchangeOf(): Exchange {
  const exchange = new Exchange('http', 'modern', http);
  exchange.message = {
    kind: 'request',
    id: 1,
    method: 'tools/call',
    params: { name: 'act', _meta: { 'com.example/identity': 'root' } },
  };
  return exchange;
}

test('a call has nothing of the headers and the metadata of its request, and no way for those of a result', () => {
  const context = createCall();
  const exchange = exchangeOf();
  configure(testSettings())(context, exchange);
  assert.equal(passedOf(context), undefined);
  assert.equal(exchange.passedMeta, undefined);
});

test('with the control off both go through, but for what is about the message itself', () => {
  const context = createCall();
  const exchange = exchangeOf();
  configure(testSettings({ weakened: new Set(['strip-then-add']) }))(context, exchange);
  const passed = passedOf(context);
  assert.deepEqual(passed?.headers, { authorization: 'Bearer token', cookie: 'a=b', 'x-forwarded-user': 'root' });
  assert.deepEqual(passed?.meta, { 'com.example/identity': 'root' });
  passed?.answer({ 'com.example/vendor': 'word' });
  assert.deepEqual(exchange.passedMeta, { 'com.example/vendor': 'word' });
});
