import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFacts, testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { resolveHttp } from '../../server/http/settings.ts';
import { configure } from './control.ts';

const control = configure(testSettings());

function decide(headers: Readonly<Record<string, string>>, rawHeaders?: readonly string[]): unknown {
  const facts = httpFacts({ headers, ...(rawHeaders === undefined ? {} : { rawHeaders }) });
  return control(new Exchange('http', 'modern', facts));
}

test('its own name passes, in any case', () => {
  assert.deepEqual(decide({ host: '127.0.0.1:3000' }), { pass: true });
  const settings = testSettings({ http: { allowedHosts: new Set(['mcp.example']) } });
  const facts = httpFacts({ headers: { host: 'MCP.Example' } });
  assert.deepEqual(configure(settings)(new Exchange('http', 'modern', facts)), { pass: true });
});

test('a request over a pipe has no host', () => {
  assert.deepEqual(control(new Exchange('stdio', 'modern')), { pass: true });
});

test('any other name is refused', () => {
  for (const host of [
    'attacker.example',
    'attacker.example:3000',
    '127.0.0.1',
    '127.0.0.1:3001',
    '127.0.0.1:3000.attacker.example',
    '127.0.0.1:3000@attacker.example',
    'attacker.example, 127.0.0.1:3000',
    '127.0.0.1:3000 ',
    '127.0.0.1.:3000',
    '2130706433:3000',
    '[::ffff:127.0.0.1]:3000',
    '*',
  ]) {
    assert.deepEqual(decide({ host }), { pass: false, code: 'HOST_REFUSED', detail: `Host ${host}` }, host);
  }
});

test('no host, an empty one and two of them are refused', () => {
  const refused = { pass: false, code: 'HOST_REFUSED', detail: 'no single Host' };
  assert.deepEqual(decide({}), refused);
  assert.deepEqual(decide({ host: '' }), { pass: false, code: 'HOST_REFUSED', detail: 'Host ' });
  const two = ['Host', '127.0.0.1:3000', 'hOST', 'attacker.example'];
  assert.deepEqual(decide({ host: '127.0.0.1:3000' }, two), refused);
  assert.deepEqual(decide({ host: '127.0.0.1:3000' }, ['Host', '127.0.0.1:3000', 'HOST', '127.0.0.1:3000']), refused);
});

test('forwarding headers decide nothing', () => {
  const forwarded = { 'x-forwarded-host': '127.0.0.1:3000', forwarded: 'host="127.0.0.1:3000"' };
  assert.deepEqual(decide({ host: 'attacker.example', ...forwarded }), {
    pass: false,
    code: 'HOST_REFUSED',
    detail: 'Host attacker.example',
  });
});

test('the names of a server come from where it is bound and how it is known', () => {
  assert.deepEqual([...resolveHttp({}, 3000).allowedHosts].toSorted(), [
    '127.0.0.1:3000',
    '[::1]:3000',
    'localhost:3000',
  ]);
  const known = resolveHttp(
    { host: '10.0.0.7', publicUrl: 'https://mcp.example/mcp', allowedHosts: ['Inner:1'] },
    8443,
  );
  assert.deepEqual([...known.allowedHosts].toSorted(), ['10.0.0.7:8443', 'inner:1', 'mcp.example']);
});
