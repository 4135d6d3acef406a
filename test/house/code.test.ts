import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankComments, looseTypes, undocumentedExports } from './code.ts';
import { fault, findCycle, importsOf } from './imports.ts';

test('comments are blanked and strings kept', () => {
  assert.equal(blankComments("a('http://x') // b\n/* c */d"), "a('http://x')     \n       d");
});

test('an export without a doc comment is found, an overload and a re-export are not', () => {
  const text = [
    '/** Doc. */',
    'export const a = 1;',
    'export function b(): void {}',
    '/** Doc. */',
    'export function c(x: string): void;',
    'export function c(x: number): void;',
    "export type { D } from './d.ts';",
    'export abstract class E {}',
    'export default new F();',
  ].join('\n');
  assert.deepEqual(undocumentedExports(text), ['3 b', '8 E', '9 F']);
});

test('the loose type is found in code and not in words', () => {
  const text = [
    '// as any',
    "const a = 'x: any';",
    'let b: any;',
    'f<any>(c as any);',
    'if any: any.of(b)',
    'type D = any[];',
  ];
  assert.deepEqual(looseTypes(text.join('\n')), [3, 4, 6]);
});

test('imports are read with their kind', () => {
  const text = [
    "import type { A } from '../b/a.ts';",
    "import { type C, type D } from './c.ts';",
    "import { type E, f } from './f.ts';",
    'import {\n  g,\n  h,\n} from "./no.ts";',
    "import {\n  i,\n} from './i.ts';",
    "export * from './j.ts';",
    "const k = await import('./k.ts');",
    "import { z } from 'zod';",
    "// import { l } from './l.ts';",
  ].join('\n');
  assert.deepEqual(
    importsOf('src/x/y.ts', text).map(({ to, typeOnly }) => `${to} ${typeOnly}`),
    [
      'src/b/a.ts true',
      'src/x/c.ts true',
      'src/x/f.ts false',
      'src/x/i.ts false',
      'src/x/j.ts false',
      'src/x/k.ts false',
    ],
  );
});

const edge = (from: string, to: string, typeOnly = false): { from: string; to: string; typeOnly: boolean } => ({
  from,
  to,
  typeOnly,
});

test('the way of imports is judged', () => {
  const faults = [
    edge('src/protocol/json.ts', 'src/pipeline/run.ts'),
    edge('src/pipeline/run.ts', 'src/controls/deadline/control.ts', true),
    edge('src/controls/deadline/rule.ts', 'src/controls/deadline/control.ts'),
    edge('src/controls/deadline/meta.ts', 'src/server/http.ts'),
    edge('src/controls/deadline/control.ts', 'src/audit/run.ts'),
    edge('src/audit/run.ts', 'src/server/http.ts'),
    edge('src/server/http.ts', 'src/gateway/launch.ts'),
    edge('src/server/http.ts', 'src/index.ts'),
    edge('src/server/http.ts', 'test/support/browser.ts'),
    edge('src/controls/deadline/control.ts', 'src/controls/deadline/fixtures/good.ts'),
    edge('src/server/http.ts', 'src/prove/issuer.ts'),
    edge('src/prove/target.ts', 'src/cli/main.ts'),
    edge('src/controls/deadline/fixtures/bad.ts', 'test/support/settings.ts'),
    edge('src/stores/store.ts', 'src/pipeline/decision.ts'),
    edge('src/new-folder/a.ts', 'src/errors.ts'),
  ];
  for (const bad of faults) assert.ok(fault(bad), `${bad.from} -> ${bad.to}`);
  const right = [
    edge('src/pipeline/settings.ts', 'src/stores/store.ts', true),
    edge('src/stores/store.ts', 'src/pipeline/decision.ts', true),
    edge('src/controls/deadline/rule.ts', 'src/audit/probe.ts', true),
    edge('src/controls/deadline/rule.ts', 'src/protocol/json.ts'),
    edge('src/audit/run.ts', 'src/controls/deadline/rule.ts'),
    edge('src/gateway/launch.ts', 'src/server/http.ts'),
    edge('src/cli/main.ts', 'src/audit/run.ts'),
    edge('src/controls/deadline/fixtures/bad.ts', 'src/index.ts'),
    edge('src/controls/deadline/fixtures/bad.ts', 'src/prove/tools.ts'),
    edge('src/prove/target.ts', 'src/audit/http-client.ts'),
    edge('src/cli/prove.ts', 'src/prove/run.ts'),
  ];
  for (const good of right) assert.equal(fault(good), undefined);
});

test('a cycle is found, and one of types alone is none', () => {
  assert.deepEqual(findCycle([edge('a', 'b'), edge('b', 'c'), edge('c', 'a')]), ['a', 'b', 'c', 'a']);
  assert.equal(findCycle([edge('a', 'b'), edge('b', 'a', true)]), undefined);
});
