import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tool } from '../../index.ts';
import { exchangeOf, principal, testSettings } from '../../../test/support/settings.ts';
import { echo } from '../../prove/tools.ts';
import { configure } from './control.ts';

const both = tool({ ...echo.options, scope: ['text:read', 'text:write'] });
const settings = testSettings({ server: { tools: [both] } });

function decide(scopes: readonly string[]): unknown {
  const exchange = exchangeOf('tools/call', {}, { principal: principal({ scopes: new Set(scopes) }) });
  exchange.target = settings.catalog.tools.get('echo');
  return configure(settings)(exchange);
}

test('every scope is needed, and each refusal names all of them', async () => {
  assert.deepEqual(decide(['text:read', 'text:write', 'other']), { pass: true });
  for (const scopes of [[], ['text:read'], ['text:write'], ['text'], ['text:*'], ['TEXT:READ', 'text:write']]) {
    assert.deepEqual(await decide(scopes), {
      pass: false,
      code: 'SCOPE_INSUFFICIENT',
      scopes: ['text:read', 'text:write'],
    });
  }
});

test('what is aimed at nothing needs no scope', () => {
  assert.deepEqual(configure(settings)(exchangeOf('tools/list')), { pass: true });
});

test('nobody has no scope', () => {
  const exchange = exchangeOf('tools/call');
  exchange.target = settings.catalog.tools.get('echo');
  exchange.principal = undefined;
  assert.deepEqual(configure(settings)(exchange), { pass: false, code: 'TOKEN_MISSING' });
});
