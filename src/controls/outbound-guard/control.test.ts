import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHost } from '../../capabilities/http/host.ts';
import { configure, type OutboundGuard } from './control.ts';

const hosts = [readHost('test', 'api.example.com'), readHost('test', 'files.example.com:8443')];
const on = configure(new Set());
const off = configure(new Set(['outbound-guard']));

function hrefOf(guard: OutboundGuard, url: string): string {
  return guard.target({ url }, hosts).url.href;
}

test('a declared host passes, on its port', () => {
  assert.equal(hrefOf(on, 'https://api.example.com/v1?a=1'), 'https://api.example.com/v1?a=1');
  assert.equal(hrefOf(on, 'https://files.example.com:8443/x'), 'https://files.example.com:8443/x');
  assert.equal(on.redirect(new URL('https://api.example.com/'), hosts).host?.key, 'api.example.com');
});

test('any other place is refused, asked for or redirected to', () => {
  for (const url of [
    'http://api.example.com/',
    'https://api.example.com:8443/',
    'https://files.example.com/',
    'https://evil.example/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://api.example.com.evil.example/',
    'file:///etc/passwd',
  ]) {
    assert.throws(() => on.target({ url }, hosts), { name: 'HttpError', reason: 'refused' }, url);
    assert.throws(() => on.redirect(new URL(url), hosts), { name: 'HttpError', reason: 'refused' }, url);
  }
});

test('what belongs to one host parts from it at a redirect to another', () => {
  const api = on.target({ url: 'https://api.example.com/' }, hosts);
  const files = on.target({ url: 'https://files.example.com:8443/' }, hosts);
  assert.deepEqual([on.parts(api, api), on.parts(api, files)], [false, true]);
});

test('other controls that are off leave it on', () => {
  assert.throws(() => configure(new Set(['leak-filter'])).target({ url: 'https://127.0.0.1/' }, hosts));
});

test('with the control off a request goes where its URL says', () => {
  assert.equal(hrefOf(off, 'http://127.0.0.1:8080/x'), 'http://127.0.0.1:8080/x');
  assert.equal(off.redirect(new URL('http://[::1]/'), hosts).host, undefined);
  assert.equal(typeof off.connector({ network: undefined as never, timeoutMs: 5, rangesOf: () => [] }), 'object');
});
