import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const HEAD = `import { spawn } from 'node:child_process';\nconst NAMES = ['LANG', 'TZ'];`;
const SHAPE = 'env: z.record(z.string(), z.string())';
const wrong: Readonly<Record<string, string>> = {
  'all of it': toolServer("spawn('./work', [], { env: input.env });", SHAPE, HEAD),
  'spread over its own': toolServer("spawn('./work', [], { env: { ...process.env, ...input.env } });", SHAPE, HEAD),
};
const right: Readonly<Record<string, string>> = {
  'one by name': toolServer("spawn('./work', [], { env: { LANG: input.env.LANG } });", SHAPE, HEAD),
  'those of a list': toolServer(
    "const env = {}; for (const name of NAMES) env[name] = input.env[name]; spawn('./work', [], { env });",
    SHAPE,
    HEAD,
  ),
};

for (const [name, text] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, text);
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, text] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, text)?.status, 'pass');
  });
