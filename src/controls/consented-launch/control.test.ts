import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configure } from './control.ts';

const asked = configure(new Set());

test('what is started is what somebody has agreed to', () => {
  assert.equal(asked.problem('digest', 'digest'), undefined);
});

test('another start is held, and so is one that nobody was asked about', () => {
  for (const [launch, consented] of [
    ['digest', 'other'],
    ['digest', ''],
    ['', ''],
  ] as const)
    assert.equal(
      asked.problem(launch, consented),
      'it would not be started or reached as somebody has consented to. Run: portcullis gateway pin',
    );
});

test('with the control off nobody is asked', () => {
  assert.equal(configure(new Set(['consented-launch'])).problem('digest', ''), undefined);
});
