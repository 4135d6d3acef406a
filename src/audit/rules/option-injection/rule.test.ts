import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const PROCESSES = `import { execFile, spawn } from 'node:child_process';`;
const wrong: Readonly<Record<string, string>> = {
  'a word of its own': "execFile('git', ['log', input.name]);",
  'first in a text': 'execFile("git", ["log", `${input.name}~1`]);',
  'a list that grows': "const words = ['clone']; words.push(input.name); spawn('git', words);",
};
const right: Readonly<Record<string, string>> = {
  'after two dashes': "execFile('git', ['log', '--', input.name]);",
  'behind an option': "execFile('git', ['log', '--author', input.name]);",
  'part of an option': 'execFile("git", ["log", `--author=${input.name}`]);',
  'what begins with a dash refused':
    "if (input.name.startsWith('-')) throw new Error('no'); execFile('git', ['log', input.name]);",
  'a pattern for the first letter':
    "if (!/^[a-z][a-z-]*$/.test(input.name)) throw new Error('no'); execFile('git', ['log', input.name]);",
  'behind what the server itself puts first':
    "const { REGISTRY } = process.env; execFile('docker', ['push', `${REGISTRY}:${input.name}`]);",
  'a program that is not known to have options': "execFile('./own-tool', [input.name]);",
};

for (const [name, body] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, toolServer(body, 'name: z.string()', PROCESSES));
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
    assert.equal(judged.hits[0]?.confidence, 'medium');
  });

for (const [name, body] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, toolServer(body, 'name: z.string()', PROCESSES))?.status, 'pass');
  });
