import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { isObject } from '../../src/protocol/json.ts';
import { clientEnvironment, INSPECTOR, scratch, startInterop, stdioArguments } from '../support/interop.ts';
import { obtainToken } from '../support/oauth-client.ts';

const run = promisify(execFile);

/** Milliseconds after which the command is given up. */
const GIVE_UP = 120_000;

/** Runs the Inspector's command line and gives the result that it printed. */
async function inspect(t: TestContext, args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const home = await scratch(t);
  const env = {
    ...clientEnvironment(home),
    MCP_STORAGE_DIR: join(home, 'storage'),
    MCP_INSPECTOR_SECRET_STORE: 'memory',
  };
  const command = [INSPECTOR, '--cli', '--format', 'json', '--connect-timeout', String(GIVE_UP), ...args];
  const { stdout } = await run(process.execPath, command, { cwd: home, env, timeout: GIVE_UP });
  const printed: unknown = JSON.parse(stdout);
  assert.ok(isObject(printed) && isObject(printed['result']), stdout);
  return printed['result'];
}

function namesOf({ tools }: Readonly<Record<string, unknown>>): readonly string[] {
  assert.ok(Array.isArray(tools));
  return tools.map((tool: unknown) => (isObject(tool) ? String(tool['name']) : '')).toSorted();
}

for (const era of ['legacy', 'modern'] as const) {
  test(`the Inspector's command line lists and calls over HTTP with a token, ${era} era`, async (t) => {
    const { url } = await startInterop(t);
    const server = ['--server-url', url, '--transport', 'http', '--protocol-era', era];
    const header = ['--header', `Authorization: Bearer ${await obtainToken(url)}`];
    const listed = await inspect(t, [...server, ...header, '--method', 'tools/list']);
    assert.deepEqual(namesOf(listed), ['count', 'greet', 'read_note', 'search_notes', 'touch_about']);
    const call = ['--method', 'tools/call', '--tool-name', 'count', '--tool-args-json', '{"to":3}'];
    const called = await inspect(t, [...server, ...header, ...call]);
    assert.deepEqual(called['structuredContent'], { counted: 3 });
  });

  test(`the Inspector's command line lists and calls over stdio, ${era} era`, async (t) => {
    const server = ['--protocol-era', era, '--', process.execPath, ...(await stdioArguments(t))];
    const listed = await inspect(t, ['--method', 'tools/list', ...server]);
    assert.deepEqual(namesOf(listed), [
      'count',
      'create_note',
      'delete_note',
      'greet',
      'read_note',
      'search_notes',
      'touch_about',
    ]);
    const called = await inspect(t, [
      '--method',
      'tools/call',
      '--tool-name',
      'count',
      '--tool-arg',
      'to=3',
      ...server,
    ]);
    assert.deepEqual(called['structuredContent'], { counted: 3 });
  });
}
