import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { readLeakOptions, type LeakOptions } from '../../leaks/options.ts';
import { Exchange } from '../../pipeline/context.ts';
import { createRedactor } from '../../record/redact.ts';
import { configure, type LeakFilter } from './control.ts';

const SECRET = 'correct horse battery staple 7';
const TOKEN = ['ghp_', 'a8Fk2LmQ9xTzR4vWc7Yb1NdHs6PjGe3UoKi5'].join('');
const CARD = '4111 1111 1111 1111';
const redactor = createRedactor();
redactor.remember(SECRET);

function open(options: LeakOptions = {}, told: unknown[] = []): LeakFilter {
  const settings = testSettings({
    leaks: readLeakOptions(options, new Set(['echo'])),
    withhold: (text) => redactor.withhold(text),
    secretSpans: (text) => redactor.spans(text),
  });
  const filter = configure(settings, (message, fields) => told.push([message, fields]));
  assert.ok(filter !== undefined);
  return filter;
}

function look(filter: LeakFilter, value: unknown): unknown {
  const exchange = new Exchange('stdio', 'modern');
  exchange.target = testSettings().catalog.tools.get('echo');
  return filter.look(exchange, JSON.stringify(value));
}

test('what holds nothing is left as it is, and nothing is said of it', () => {
  const told: unknown[] = [];
  const filter = open({}, told);
  for (const value of [
    { text: 'plain' },
    ['a@example.com', CARD, 5],
    null,
    `id ${'a'.repeat(40)}`,
    'AKIA and ghp_ and eyJ',
  ])
    assert.equal(look(filter, value), undefined);
  assert.deepEqual(told, []);
});

test('secrets of the host are taken out of texts and keys, in each encoding', () => {
  const base64 = Buffer.from(SECRET).toString('base64');
  assert.deepEqual(look(open(), { [SECRET]: [`x ${SECRET}`, `y ${base64}`, { deep: encodeURIComponent(SECRET) }] }), {
    pass: true,
    value: { '[secret]': ['x [secret]', 'y [secret]', { deep: '[secret]' }] },
  });
});

test('a secret that cannot be taken out is withheld', () => {
  const filter = open();
  redactor.remember('8675309123');
  const code = (value: unknown) => (look(filter, value) as { readonly code?: unknown }).code;
  assert.equal(code({ number: 8_675_309_123 }), 'OUTPUT_WITHHELD');
  const pixels = Buffer.from(`${'x'.repeat(99)}${SECRET}${'y'.repeat(99)}`).toString('base64');
  assert.equal(code({ type: 'image', data: pixels }), 'OUTPUT_WITHHELD');
});

test('credentials are masked, and the operator is told of what, not which', () => {
  const told: unknown[] = [];
  assert.deepEqual(look(open({}, told), { text: `use ${TOKEN}.` }), {
    pass: true,
    value: { text: 'use [credentials].' },
  });
  assert.match(JSON.stringify(told), /something was taken out of an answer.*"target":"echo","what":"github token"/);
  assert.equal(JSON.stringify(told).includes('a8Fk'), false);
});

test('each class has the action that the deployment says, and a tool its own', () => {
  const value = { text: `${CARD} a@example.com ${TOKEN}` };
  assert.deepEqual(look(open({ card: 'hash', email: 'mask' }), value), {
    pass: true,
    value: { text: '[card:digest of 4111 1] [email] [credentials]' },
  });
  assert.deepEqual(look(open({ card: 'refuse' }), value), {
    pass: false,
    code: 'OUTPUT_WITHHELD',
    detail: 'card number at /text',
  });
  assert.deepEqual(look(open({ credentials: 'refuse' }), { a: [1, TOKEN] }), {
    pass: false,
    code: 'OUTPUT_WITHHELD',
    detail: 'github token at /a/1',
  });
  assert.equal(
    look(open({ card: 'refuse', tools: { echo: { card: 'allow', credentials: 'allow' } } }), value),
    undefined,
  );
  assert.deepEqual(look(open({ card: 'mask' }), { number: 4_111_111_111_111_111 }), {
    pass: false,
    code: 'OUTPUT_WITHHELD',
    detail: 'card number at /number',
  });
});

test('what the host sealed, and pictures, are not searched for shapes', () => {
  const noise = (length: number) => 'c3f+'.repeat(length);
  const data = `${noise(30)}4111111111111111${noise(2)}`;
  const cards = open({ card: 'mask' });
  for (const content of [{ type: 'image', data }, { blob: data }])
    assert.equal(look(cards, { resultType: 'input_required', requestState: TOKEN, content: [content] }), undefined);
});

test('a text is searched whatever its field is called', () => {
  for (const [name, more] of [
    ['blob', {}],
    ['data', { type: 'image' }],
    ['data', { type: 'audio' }],
    ['requestState', {}],
  ] as const)
    assert.deepEqual(look(open(), { ...more, [name]: `key: ${TOKEN}` }), {
      pass: true,
      value: { ...more, [name]: 'key: [credentials]' },
    });
});

test('a sentence of a handler is filtered, or not said', () => {
  assert.equal(open().sentence(`no ${SECRET} ${TOKEN}`), 'no [secret] [credentials]');
  assert.equal(open({ credentials: 'refuse' }).sentence(`no ${TOKEN}`), undefined);
});

test('options are checked', () => {
  const read = (options: unknown) => () => readLeakOptions(options as LeakOptions, new Set(['echo']));
  assert.throws(read({ credentials: 'allow' }), /leaks\.credentials: "allow" is for single tools/);
  assert.throws(read({ emails: 'mask' }), /leaks: unknown option "emails"; did you mean "email"/);
  assert.throws(read({ email: 'drop' }), /leaks\.email: say "allow", "mask", "hash", "refuse"/);
  assert.throws(read({ tools: { ecko: {} } }), /leaks\.tools\.ecko: there is no tool of that name/);
  assert.throws(read({ tools: { echo: { markup: 'strip' } } }), /leaks\.tools\.echo\.markup: say "inert" or "allow"/);
});

test('with the control off there is no filter', () => {
  assert.equal(
    configure(testSettings({ weakened: new Set(['leak-filter']) }), () => undefined),
    undefined,
  );
});
