import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const CODE = `import vm from 'node:vm';
import { unserialize } from 'node-serialize';
import { readFile } from 'node:fs/promises';`;
const wrong: Readonly<Record<string, string>> = {
  eval: 'eval(input.text);',
  'a function of it': "new Function('a', `return ${input.text}`)(1);",
  vm: 'vm.runInNewContext(input.text, {});',
  'a module by name': 'await import(input.text);',
  'a timer with a text': 'setTimeout(`go(${input.text})`, 10);',
  'objects with functions': 'unserialize(input.text);',
};
const right: Readonly<Record<string, string>> = {
  JSON: 'JSON.parse(input.text);',
  'a timer with a function': 'setTimeout(() => console.error(input.text), 10);',
  'one of two modules': "await import(input.text === 'a' ? './a.js' : './b.js');",
  'a function that is called with it': "new Function('a', 'return a')(input.text);",
};

for (const [name, body] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, toolServer(body, 'text: z.string()', CODE));
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, body] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, toolServer(body, 'text: z.string()', CODE))?.status, 'pass');
  });
