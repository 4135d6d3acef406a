import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const of = (code: string): string | undefined =>
  judgeCode(rule, { 'a.ts': toolServer('', 'to: z.string()'), 'b.ts': code })?.status;

test('wrong: whoever asks is let in where no secret is set', () => {
  const middleware = 'if (!process.env.API_KEY) return next(); if (req.headers.key !== process.env.API_KEY) return;';
  assert.equal(of(`export function guard(req, res, next) { ${middleware} next(); }`), 'fail');
  assert.equal(
    of(
      'const apiKey = read(); function checkKey(given) { if (apiKey === undefined) return true; return given === apiKey; }',
    ),
    'fail',
  );
  assert.equal(
    of('export const guard = (token) => (req, res, next) => { if (token == null) { next(); return; } check(req); };'),
    'fail',
  );
});

test('right: refused without it, or a token that a caller may leave out', () => {
  assert.equal(of('function checkKey(given) { if (!process.env.API_KEY) return false; return same(given); }'), 'pass');
  assert.equal(of('function guard(req, res, next) { const token = read(req); if (!token) return next(); }'), 'pass');
  assert.equal(of('class A { isTokenExpired() { if (!this.token) return true; return false; } }'), 'pass');
  assert.equal(of('class A { isReady() { if (!this.token) return true; return false; } }'), 'pass');
});
