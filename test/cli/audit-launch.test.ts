import assert from 'node:assert/strict';
import { chmod, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isObject } from '../../src/protocol/json.ts';
import { portcullis } from '../support/command.ts';
import { ROOT, scratch } from '../support/interop.ts';
import { LAUNCHES } from '../support/launched.ts';

const OLD_SDK = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as z from 'zod';
const server = new McpServer({ name: 'bare', version: '1.0.0' });
const annotations = { readOnlyHint: true };
const text = (text) => ({ content: [{ type: 'text', text }] });
server.registerTool('now', { description: 'Gives the time.', inputSchema: { zone: z.string().optional() }, annotations }, () => text('noon'));
await server.connect(new StdioServerTransport());
`;
const NEW_SDK = `
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1.0.0' });
  const annotations = { readOnlyHint: true };
  const inputSchema = z.object({ zone: z.string().optional() });
  server.registerTool('now', { description: 'Gives the time.', inputSchema, annotations }, () => ({ content: [{ type: 'text', text: 'noon' }] }));
  return server;
});
`;
const FASTMCP = `
import { FastMCP } from 'fastmcp';
import { z } from 'zod';
const server = new FastMCP({ name: 'fast', version: '1.0.0' });
const parameters = z.object({ zone: z.string().optional() });
server.addTool({ name: 'now', description: 'Gives the time.', parameters, annotations: { readOnlyHint: true }, execute: async () => 'noon' });
await server.start({ transportType: 'stdio' });
`;

async function auditIn(t: TestContext, folder: string, ...args: readonly string[]) {
  const command = portcullis(t, folder, ['audit', ...args]);
  return { code: await command.ended, out: command.stdout(), err: command.stderr() };
}

/** Ids of the rules that failed, by what a server in a folder of its own comes to. */
async function failedIn(t: TestContext, code: string): Promise<readonly string[]> {
  const folder = await scratch(t);
  // A sandbox of root runs as another user, who has to read it.
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'server.js'), code);
  await symlink(await realpath(join(ROOT, 'node_modules')), join(folder, 'node_modules'));
  return failedOf(await auditIn(t, folder, '--timeout', '240', '--format', 'json', '--', 'node', 'server.js'));
}

function failedOf({ out, err }: { readonly out: string; readonly err: string }): readonly string[] {
  const report: unknown = JSON.parse(out === '' ? '{}' : out);
  assert.ok(isObject(report), err);
  assert.deepEqual(report['unread'], [], err);
  const { outcomes } = report;
  assert.ok(Array.isArray(outcomes));
  assert.ok(outcomes.some((each) => isObject(each) && each['status'] === 'pass'));
  return outcomes.filter(isObject).flatMap(({ rule, status }) => (status === 'fail' ? [String(rule)] : []));
}

test('the gaps of a bare server of the first SDK are named, and nothing else', LAUNCHES, async (t) => {
  assert.deepEqual((await failedIn(t, OLD_SDK)).toSorted(), [
    'handshake-first',
    'open-input-schema',
    'strict-messages',
    'unbounded-input-schema',
    'unexpected-arguments',
  ]);
});

test('those of a bare server of the second SDK', LAUNCHES, async (t) => {
  assert.deepEqual((await failedIn(t, NEW_SDK)).toSorted(), [
    'handshake-first',
    'open-input-schema',
    'strict-messages',
    'unbounded-input-schema',
    'unexpected-arguments',
  ]);
});

test('those of a bare server of fastmcp', LAUNCHES, async (t) => {
  assert.deepEqual((await failedIn(t, FASTMCP)).toSorted(), [
    'handshake-first',
    'strict-messages',
    'unbounded-input-schema',
    'unexpected-arguments',
  ]);
});

test('our own example has none', LAUNCHES, async (t) => {
  const module = join(ROOT, 'examples/notes/server.ts');
  const call = ['--call', 'search_notes={"phrase":"a"}'];
  const command = ['node', join(ROOT, 'bin/portcullis.js'), 'dev', module, '--stdio'];
  const told = await auditIn(t, ROOT, '--in-home', '--timeout', '240', '--format', 'json', ...call, '--', ...command);
  assert.deepEqual(failedOf(told), []);
});

test('what cannot be launched is refused with what to do', async (t) => {
  const folder = await scratch(t);
  for (const [args, why] of [
    [['--', 'uvx', 'some-server'], /uvx is not what is audited: install it into a virtual environment/],
    [['--', 'npx', '-y', 'some-server'], /"some-server" names no exact version/],
    [['--', 'no-such-program-here'], /there is no program no-such-program-here in PATH/],
    [['--env', 'PORTCULLIS_NOT_SET', '--', 'node', 'x.js'], /the environment has no such variable/],
    [['mcp.json', '--', 'node', 'x.js'], /name targets, or the command of a server behind --/],
  ] as const) {
    const { code, err } = await auditIn(t, folder, ...args);
    assert.equal(code, 1, err);
    assert.match(err, why);
  }
});
