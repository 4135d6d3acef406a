import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../../pipeline/context.ts';
import type { Settings } from '../../pipeline/settings.ts';
import { httpFacts, testSettings } from '../../../test/support/settings.ts';
import { configure } from './control.ts';

function decide(settings: Settings, origin: string | undefined): unknown {
  const http = httpFacts({ headers: origin === undefined ? {} : { origin } });
  return configure(settings)(new Exchange('http', 'modern', http));
}

test('a request without an Origin passes', () => {
  assert.deepEqual(decide(testSettings(), undefined), { pass: true });
});

test('no origin is allowed unless it is listed', () => {
  for (const origin of ['https://evil.example', 'null', '', 'http://127.0.0.1:3000', 'file://']) {
    assert.deepEqual(decide(testSettings(), origin), {
      pass: false,
      code: 'ORIGIN_REFUSED',
      detail: `Origin ${origin}`,
    });
  }
});

test('a listed origin passes exactly as written', () => {
  const settings = testSettings({ http: { allowedOrigins: new Set(['https://app.example']) } });
  assert.deepEqual(decide(settings, 'https://app.example'), { pass: true });
  for (const origin of [
    'https://APP.example',
    'https://app.example/',
    'https://app.example:443',
    'https://app.example.evil',
    'http://app.example',
  ]) {
    assert.deepEqual(decide(settings, origin), { pass: false, code: 'ORIGIN_REFUSED', detail: `Origin ${origin}` });
  }
});
