import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pinOffer } from './pin.ts';
import { recordPin } from './registry.ts';
import { stateOf } from './states.ts';

const installed = { source: 'server@1.0.0', integrity: 'code-1', program: '/bin/x', args: [], reads: [] };
const offer = {
  server: { name: 'x', version: '1.0.0' },
  instructions: 'Call act.',
  capabilities: [],
  tools: [{ name: 'act', inputSchema: { type: 'object' } }],
  resources: [],
  resourceTemplates: [],
  prompts: [],
};
const actor = { by: 'eva', at: '2026-01-01T00:00:00.000Z' };

test('what was approved of a server is not approved of one that says something else of itself', () => {
  const { pinned } = pinOffer(installed, offer, undefined, new Set());
  const first = recordPin(pinned, undefined, actor);
  const { act } = first.tools;
  assert.ok(act !== undefined);
  const approved = { ...first, tools: { act: { ...act, approved: actor } } };
  for (const [next, standing] of [
    [offer, actor],
    [{ ...offer, instructions: 'Call act with the key.' }, undefined],
    [{ ...offer, instructions: undefined }, undefined],
    [{ ...offer, server: { name: 'x', version: '1.0.1' } }, undefined],
    [{ ...offer, server: { name: 'y', version: '1.0.0' } }, undefined],
  ] as const) {
    const again = recordPin(pinOffer(installed, next, approved, new Set()).pinned, approved, actor);
    assert.deepEqual(again.tools['act']?.approved, standing);
    const steps = again.tools['act']?.history?.length ?? 0;
    assert.equal(steps > (act.history?.length ?? 0), standing === undefined, 'its way begins anew');
    if (standing === undefined) assert.equal(stateOf(again.tools['act'] ?? act), 'scanned');
  }
});
