import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

test('a wish is granted up to the maximum', () => {
  const deadline = configure(testSettings({ limits: { handlerMaxMs: 1_000 } }));
  assert.equal(deadline(999), 999);
  assert.equal(deadline(1_000), 1_000);
  assert.equal(deadline(1_001), 1_000);
  assert.equal(deadline(Number.MAX_SAFE_INTEGER), 1_000);
});

test('without the control there is no end', () => {
  assert.equal(configure(testSettings({ weakened: new Set(['deadline']) }))(10), undefined);
});
