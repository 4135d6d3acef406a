import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

const HEAD = `import { StdioClientTransport, getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js';\n`;
const PYTHON = 'import os, sys\nfrom mcp import StdioServerParameters\n';

testCases(rule, {
  wrong: {
    typescript: {
      'as it is': `${HEAD}export const open = (entry) => new StdioClientTransport({ command: entry.command, env: process.env });`,
      'with some more': `${HEAD}export const open = (entry) => new StdioClientTransport({ command: entry.command, env: { ...process.env, ...entry.env } });`,
    },
    python: {
      'a copy with some more': `${PYTHON}def start(entry):\n  env = dict(os.environ)\n  env.update(entry["env"])\n  return StdioServerParameters(command=entry["command"], env=env)\n`,
      spread: `${PYTHON}def start(command):\n  return StdioServerParameters(command=command, args=[], env={**os.environ, "A": "b"})\n`,
    },
  },
  right: {
    typescript: {
      'what the SDK hands on': `${HEAD}export const open = (entry) => new StdioClientTransport({ command: entry.command, env: { ...getDefaultEnvironment(), ...entry.env } });`,
      'those that are meant': `${HEAD}export const open = (entry) => new StdioClientTransport({ command: entry.command, env: { PATH: process.env.PATH } });`,
      'a program of its own': `${HEAD}export const open = () => new StdioClientTransport({ command: process.execPath, env: { ...process.env } });`,
      'a program that it names': `${HEAD}export const open = () => new StdioClientTransport({ command: 'node', env: process.env });`,
    },
    python: {
      'nothing said': `${PYTHON}def start(entry):\n  return StdioServerParameters(command=entry["command"])\n`,
      'by name': `${PYTHON}def start(entry):\n  env = {k: os.environ[k] for k in ("PATH", "HOME")}\n  return StdioServerParameters(command=entry["command"], env=env)\n`,
      'its own interpreter': `${PYTHON}a = StdioServerParameters(command=sys.executable, env=os.environ.copy())\n`,
    },
  },
});

test('code that starts no server is not its matter', () => {
  assert.equal(judgeCode(rule, 'export const a = { ...process.env };'), undefined);
});
