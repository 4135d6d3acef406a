import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import type { Settings } from '../../pipeline/settings.ts';
import { configure } from './control.ts';

function definitionOf(settings: Settings): readonly string[] {
  const entry = settings.catalog.tools.get('echo');
  assert.ok(entry !== undefined);
  return Object.keys(configure(settings).definition(entry)).toSorted();
}

test('a definition has what a model needs to call the tool', () => {
  assert.deepEqual(definitionOf(testSettings()), ['annotations', 'description', 'inputSchema', 'name', 'outputSchema']);
});

test('with the control off a definition tells what is behind the tool', () => {
  assert.deepEqual(definitionOf(testSettings({ weakened: new Set(['minimal-fields']) })), [
    'annotations',
    'description',
    'effect',
    'inputSchema',
    'name',
    'needs',
    'outputSchema',
    'scopes',
  ]);
});

test('a value is copied by the list, and by nothing else', () => {
  const fields = configure(testSettings());
  const value = { type: 'text', text: 'a', owner: 'x', annotations: undefined };
  assert.deepEqual(fields.project(value, ['type', 'text', 'annotations']), { type: 'text', text: 'a' });
  assert.deepEqual(fields.project({}, ['text']), {});
  assert.deepEqual(Object.keys(fields.project(value, [])), []);
});

test('with the control off a value leaves whole', () => {
  const fields = configure(testSettings({ weakened: new Set(['minimal-fields']) }));
  assert.deepEqual(fields.project({ text: 'a', owner: 'x' }, ['text']), { text: 'a', owner: 'x' });
});
