import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { configure } from './control.ts';

test('declared-behaviour decides', async () => {
  const decision = await configure(testSettings())(new Exchange('stdio', 'modern'));
  const message = 'src/controls/declared-behaviour/control.ts: write the decision, then its table here';
  assert.deepEqual(decision, { pass: true }, message);
});
