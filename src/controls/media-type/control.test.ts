import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFacts, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { configure } from './control.ts';

const control = configure(testSettings());
const ACCEPT = 'application/json, text/event-stream';

function decide(headers: Readonly<Record<string, string>>, more: Parameters<typeof httpFacts>[0] = {}): unknown {
  const decision = control(new Exchange('http', 'modern', httpFacts({ ...more, headers })));
  assert.ok(!(decision instanceof Promise));
  return decision.pass ? 'pass' : decision.code;
}

test('application/json passes, in its spellings', () => {
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json ',
  ]) {
    assert.equal(decide({ 'content-type': type, accept: ACCEPT }), 'pass', type);
  }
});

test('any other type is refused', () => {
  for (const type of [
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'text/plain,application/json',
    'application/json, text/plain',
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/json; charset="utf-8',
    'application/json; a=b',
    'application/json-patch+json',
    'application/problem+json',
    'xapplication/json',
    'application/json\n',
    '*/*',
  ]) {
    assert.equal(decide({ 'content-type': type, accept: ACCEPT }), 'MEDIA_TYPE_REFUSED', type);
  }
  assert.equal(decide({ accept: ACCEPT }), 'MEDIA_TYPE_REFUSED');
});

test('an encoded body is refused, however it is called', () => {
  for (const encoding of ['gzip', 'br', 'identity', '']) {
    const headers = { 'content-type': 'application/json', accept: ACCEPT, 'content-encoding': encoding };
    assert.equal(decide(headers), 'MEDIA_TYPE_REFUSED', encoding);
  }
});

test('both types of an answer must be acceptable', () => {
  const json = { 'content-type': 'application/json' };
  for (const accept of [ACCEPT, '*/*', 'text/event-stream;q=0.5, APPLICATION/JSON']) {
    assert.equal(decide({ ...json, accept }), 'pass', accept);
  }
  for (const accept of ['', 'application/json', 'text/event-stream', 'text/html']) {
    assert.equal(decide({ ...json, accept }), 'NOT_ACCEPTABLE', accept);
  }
  assert.equal(decide(json), 'NOT_ACCEPTABLE');
});

test('only messages have a type: other methods and paths are decided elsewhere', () => {
  assert.equal(decide({}, { method: 'GET' }), 'pass');
  assert.equal(decide({}, { path: '/livez' }), 'pass');
  assert.deepEqual(control(new Exchange('stdio', 'modern')), { pass: true });
});

test('a long hostile value is decided in one pass', () => {
  const type = `application/json;${' '.repeat(500_000)}x`;
  assert.equal(decide({ 'content-type': type, accept: ACCEPT }), 'MEDIA_TYPE_REFUSED');
});
