import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parsePackage } from './options.ts';

suite('options', () => {
  for (const [reference, name, version] of [
    ['server@1.2.3', 'server', '1.2.3'],
    ['@scope/server@0.0.1', '@scope/server', '0.0.1'],
    ['server@1.2.3-rc.1', 'server', '1.2.3-rc.1'],
    ['a.b_c-d~e@10.20.30', 'a.b_c-d~e', '10.20.30'],
  ] as const) {
    test(`reads ${reference}`, () => {
      assert.deepEqual(parsePackage(reference), { name, version });
    });
  }

  for (const reference of [
    '',
    '@',
    'server',
    'server@',
    'server@latest',
    'server@1',
    'server@1.2',
    'server@^1.2.3',
    'server@~1.2.3',
    'server@1.2.x',
    'server@*',
    'server@1.2.3 || 2.0.0',
    'server@1.2.3\n',
    'server@v1.2.3',
    'server@npm:other@1.2.3',
    'server@file:../x',
    'server@git+https://example.com/x#1.2.3',
    '@scope@1.2.3',
    '@/server@1.2.3',
    '@scope/@1.2.3',
    '@scope/a/b@1.2.3',
    '../server@1.2.3',
    './server@1.2.3',
    '.server@1.2.3',
    '-server@1.2.3',
    'Server@1.2.3',
    'ser ver@1.2.3',
    '@../x@1.2.3',
    `${'a'.repeat(215)}@1.2.3`,
  ]) {
    test(`refuses ${JSON.stringify(reference.slice(0, 40))}`, () => {
      assert.throws(() => parsePackage(reference), TypeError);
    });
  }

  test('whatever it takes is a name of one folder, or of two, below another', () => {
    const part = fc.stringMatching(/^[a-z.@/_~-]{0,6}$/);
    fc.assert(
      fc.property(part, part, (left, right) => {
        let name: string;
        try {
          ({ name } = parsePackage(`${left}/${right}@1.2.3`));
        } catch {
          return;
        }
        for (const folder of name.split('/')) assert.ok(folder !== '' && folder !== '.' && folder !== '..', name);
        assert.ok(name.split('/').length <= 2);
      }),
      { numRuns: 2_000 },
    );
  });
});
