import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COSAI_DIMENSIONS, cosaiLevelOf } from './cosai.ts';
import { AISVS_C10, MCP_TOP10, NSA_RECOMMENDATIONS } from './demands.ts';
import { CONTROLS } from './index.ts';

function controlsOf(
  list: readonly { readonly id: string; readonly controls: readonly string[] }[],
  id: string,
): string {
  return list.find((each) => each.id === id)?.controls.join(' ') ?? 'none of that id';
}

test('each list has all of its demands, and each demand a control', () => {
  assert.deepEqual([MCP_TOP10.length, AISVS_C10.length, NSA_RECOMMENDATIONS.length], [10, 23, 9]);
  for (const { id, controls } of [...MCP_TOP10, ...AISVS_C10, ...NSA_RECOMMENDATIONS])
    assert.ok(controls.length > 0, `nothing bears on ${id}`);
});

test('controls stand where their sources say', () => {
  assert.equal(controlsOf(MCP_TOP10, 'MCP09').startsWith('ARC-01 ARC-04 '), true);
  assert.equal(controlsOf(AISVS_C10, '10.2.3'), 'IDN-06 SEC-05');
  assert.equal(controlsOf(AISVS_C10, '10.3.3'), 'ARC-02');
  assert.equal(controlsOf(AISVS_C10, '10.4.4'), 'ARC-05 VAL-01');
  assert.equal(controlsOf(NSA_RECOMMENDATIONS, 'R1'), 'DEP-05 SUP-05');
  assert.equal(controlsOf(NSA_RECOMMENDATIONS, 'R8'), 'DEP-05 SUP-02 GOV-01');
  assert.equal(controlsOf(NSA_RECOMMENDATIONS, 'R9'), 'GOV-02');
});

test('every control that a level of CoSAI asks for stands in one dimension, and no other does', () => {
  const asked = CONTROLS.filter(({ id }) => cosaiLevelOf(id) !== undefined).map(({ id }) => id);
  const placed = COSAI_DIMENSIONS.flatMap(({ controls }) => controls.map(({ id }) => id));
  assert.equal(COSAI_DIMENSIONS.length, 8);
  assert.deepEqual(placed.toSorted(), asked.toSorted());
  assert.equal(placed.length, new Set(placed).size);
});

test('the level of a control is the lowest that asks for it', () => {
  for (const [id, level] of [
    ['ARC-01', 1],
    ['ARC-02', 1],
    ['VAL-01', 2],
    ['ARC-06', 2],
    ['IDN-05', 3],
    ['TDS-01', 4],
    ['TDS-09', undefined],
  ] as const)
    assert.equal(cosaiLevelOf(id), level, id);
});
