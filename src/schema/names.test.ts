import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { checkIcon, checkName, findConfusables } from './names.ts';

suite('names', () => {
  test('letters, digits and three marks, 1 to 128', () => {
    for (const name of ['a', 'get_note', 'A-1.b', 'x'.repeat(128)]) assert.equal(checkName(name, 'tool'), undefined);
    for (const name of ['', 'a b', 'a/b', 'x'.repeat(129), '\u0430', 'a\n', 'a,b'])
      assert.equal(checkName(name, 'tool')?.id, 'name-invalid', name);
    assert.equal(checkName('a\u202eb', 'tool')?.message, 'The tool name "a?b" is not allowed');
  });

  test('confusable pairs', () => {
    assert.deepEqual(findConfusables(['get_note', 'Get_Note']), [{ a: 'get_note', b: 'Get_Note', reason: 'case' }]);
    assert.deepEqual(findConfusables(['IdList', 'idlist']), [{ a: 'IdList', b: 'idlist', reason: 'case' }]);
    assert.deepEqual(
      findConfusables(['get_note', 'get-note', 'getNote']).map((pair) => pair.reason),
      ['separator', 'separator', 'separator'],
    );
    for (const [a, b] of [
      ['pay_bill', 'pay_bi1l'],
      ['list_all', 'Iist_all'],
      ['do_it', 'd0_it'],
      ['return_item', 'retum_item'],
      ['close', 'dose'],
    ] as const) {
      assert.deepEqual(findConfusables([a, b]), [{ a, b, reason: 'lookalike' }]);
    }
  });

  test('names that people tell apart', () => {
    const apart = ['get_note', 'get_notes', 'set_note', 'get_node', 'note_get', 'v1', 'v2', 'v5', 'vs', 'get_note'];
    assert.deepEqual(findConfusables(apart), [{ a: 'v5', b: 'vs', reason: 'lookalike' }]);
  });
});

suite('icons', () => {
  test('https and data images', () => {
    for (const src of ['https://a.example/i.png', 'data:image/png;base64,iVBORw0KGgo='])
      assert.equal(checkIcon({ src }), undefined, src);
    assert.equal(checkIcon({ src: 'https://a.example/i', mimeType: 'image/webp' }), undefined);
    for (const src of [
      'http://a.example/i.png',
      'javascript:alert(1)',
      'JAVASCRIPT:alert(1)',
      ' data:image/png;base64,aa',
      'data:text/html;base64,aa',
      'data:image/svg+xml;base64,aa',
      'data:image/png,<svg>',
      'file:///etc/passwd',
      'https://u:p@a.example/',
      '//a.example/',
      '',
      `data:image/png;base64,${'a'.repeat(70_000)}`,
    ])
      assert.equal(checkIcon({ src })?.id, 'icon-refused', src.slice(0, 50));
    for (const icon of [
      undefined,
      null,
      'x',
      {},
      { src: 1 },
      { src: 'https://a.example/', mimeType: 'image/svg+xml' },
      { src: 'https://a.example/', mimeType: 1 },
    ])
      assert.equal(checkIcon(icon)?.id, 'icon-refused');
  });
});
