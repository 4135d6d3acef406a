import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { findCanary } from '../../support/canary.ts';

const CANARY = 'Canary+Of/The"Finder&9';
const bytes = Buffer.from(CANARY);

const HIDDEN: readonly (readonly [string, string])[] = [
  ['itself', `x${CANARY}y`],
  ['upper case', CANARY.toUpperCase()],
  ['spaced', CANARY.split('').join(' ')],
  ['base64', bytes.toString('base64')],
  ['base64 in the middle', Buffer.from(`ab${CANARY}cd`).toString('base64')],
  ['base64url', bytes.toString('base64url')],
  ['base64 twice', Buffer.from(bytes.toString('base64')).toString('base64')],
  ['hex', bytes.toString('hex')],
  ['spaced hex', inspect(bytes)],
  ['JSON of a buffer', JSON.stringify(bytes)],
  ['percent', encodeURIComponent(CANARY)],
  ['percent twice', encodeURIComponent(encodeURIComponent(CANARY))],
  ['JSON in JSON', JSON.stringify(JSON.stringify(CANARY))],
  ['UTF-16', Buffer.from(CANARY, 'utf16le').toString('base64')],
  ['reversed', CANARY.split('').toReversed().join('')],
  ['base32', 'INQW4YLSPEVU6ZRPKRUGKISGNFXGIZLSEY4Q===='],
];

test('the finder finds a canary in each form, and none where there is none', () => {
  for (const [form, text] of HIDDEN) assert.equal(findCanary(`"${text}"`, [CANARY]), CANARY, form);
  for (const text of ['', CANARY.slice(1), bytes.subarray(2).toString('base64'), 'canary of the finder'])
    assert.equal(findCanary(text, [CANARY]), undefined, text);
});
