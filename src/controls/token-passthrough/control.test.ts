import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFacts, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { configure } from './control.ts';

const exchange = (): Exchange =>
  new Exchange('http', 'modern', httpFacts({ headers: { authorization: 'Bearer abc.def.ghi' } }));

test('nothing is added to the context of a call', () => {
  const work = {};
  configure(testSettings())(work, exchange());
  assert.deepEqual(Reflect.ownKeys(work), []);
});

test('with the control off the token stands on the context', () => {
  const work: { readonly authorization?: string } = {};
  configure(testSettings({ weakened: new Set(['token-passthrough']) }))(work, exchange());
  assert.equal(work.authorization, 'Bearer abc.def.ghi');
});

test('a call over a pipe has no token to give, even with the control off', () => {
  const work: { readonly authorization?: string } = {};
  configure(testSettings({ weakened: new Set(['token-passthrough']) }))(work, new Exchange('stdio', 'modern'));
  assert.equal(work.authorization, undefined);
});
