import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Era } from '../../protocol/versions.ts';
import { exchangeOf, httpFacts, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

const SUPPORTED = ['2026-07-28'];

function decide(eras: readonly Era[], era: Era, version: string | undefined, header?: string): unknown {
  const http = httpFacts({ headers: header === undefined ? {} : { 'mcp-protocol-version': header } });
  const exchange = exchangeOf('tools/list', {}, { era, http });
  exchange.version = version;
  return configure(testSettings({ eras: new Set(eras), versions: SUPPORTED }))(exchange);
}

const refusal = (requested: string) => ({
  pass: false,
  code: 'VERSION_UNSUPPORTED',
  data: { supported: SUPPORTED, requested },
});

test('the modern revision is served exactly as written, while its era is open', () => {
  assert.deepEqual(decide(['modern'], 'modern', '2026-07-28'), { pass: true });
  for (const version of ['2026-07-27', '2026-07-28 ', '2026-07-28-draft', '2025-11-25', '1900-01-01', ''])
    assert.deepEqual(decide(['modern'], 'modern', version), refusal(version));
  assert.deepEqual(decide(['modern'], 'modern', undefined), refusal(''));
  assert.deepEqual(decide(['legacy'], 'modern', '2026-07-28'), refusal('2026-07-28'));
});

test('a legacy request is served while its era is open, and its header names one of ours', () => {
  for (const header of [undefined, '2025-11-25', '2025-06-18', '2025-03-26'])
    assert.deepEqual(decide(['legacy'], 'legacy', undefined, header), { pass: true });
  for (const header of ['2024-11-05', '1999-01-01', ''])
    assert.deepEqual(decide(['legacy'], 'legacy', undefined, header), refusal(header));
  assert.deepEqual(decide(['modern'], 'legacy', undefined, '2025-11-25'), refusal('2025-11-25'));
});

test('what is said back of a version is short', () => {
  assert.deepEqual(decide(['legacy'], 'legacy', undefined, 'x'.repeat(100)), refusal('x'.repeat(64)));
});
