import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const CHANNELS = ['elicitation', 'sampling', 'roots'] as const;

test('every channel is closed to a primitive that declared none', () => {
  const check = configure(testSettings());
  for (const channel of CHANNELS) {
    assert.deepEqual(check(channel, new Set()), {
      pass: false,
      code: 'CHANNEL_CLOSED',
      detail: `${channel} is not among the declared asks`,
    });
  }
});

test('a declared channel is open, and no other with it', () => {
  const check = configure(testSettings());
  for (const declared of CHANNELS) {
    const open = CHANNELS.filter((channel) => check(channel, new Set([declared])).pass);
    assert.deepEqual(open, [declared]);
  }
});

test('with the control off every channel is open', () => {
  const check = configure(testSettings({ weakened: new Set(['reverse-channels']) }));
  assert.deepEqual(check('sampling', new Set()), { pass: true });
});
