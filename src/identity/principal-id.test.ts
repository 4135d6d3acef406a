import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrincipalId, principalId } from './principal-id.ts';

test('no id of a principal can be taken for an option of a command', () => {
  for (let at = 0; at < 1000; at += 1) {
    const id = principalId('https://issuer.example', undefined, `user-${at}`);
    assert.ok(isPrincipalId(id) && !id.startsWith('-'), id);
  }
});

test('issuer, tenant and subject each make another principal', () => {
  const ids = [
    principalId('https://a.example', undefined, 'x'),
    principalId('https://b.example', undefined, 'x'),
    principalId('https://a.example', 'null', 'x'),
    principalId('https://a.example', undefined, 'y'),
  ];
  assert.equal(new Set(ids).size, ids.length);
});
