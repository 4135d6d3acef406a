import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { approve, type Browser, openBrowser } from '../support/browser.ts';
import { atEnd, ALICE, clientEnvironment, freePort, ROOT, scratch, startInterop } from '../support/interop.ts';

const MCP_REMOTE = join(ROOT, 'node_modules/mcp-remote/dist/proxy.js');

interface Proxy {
  readonly client: Client;
  readonly transport: StdioClientTransport;
  /** Authorization requests that the proxy made, in order. */
  readonly asked: readonly URLSearchParams[];
  /** What it told its user. */
  readonly told: readonly string[];
}

/**
 * A client whose server is `mcp-remote`; nothing runs until it connects. Whenever the proxy asks its user to sign in,
 * the browser does, as soon as the proxy listens for the answer.
 */
function createProxy(t: TestContext, home: string, browser: Browser, args: readonly string[]): Proxy {
  const client = new Client({ name: 'interop', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MCP_REMOTE, ...args],
    cwd: home,
    // The opener that mcp-remote brings asks this for a browser: one that opens nothing.
    env: { ...clientEnvironment(home), MCP_REMOTE_CONFIG_DIR: join(home, 'auth'), BROWSER: 'true' },
    stderr: 'pipe',
  });
  atEnd(t, () => client.close());
  const { stderr } = transport;
  assert.ok(stderr instanceof PassThrough);
  const asked: URLSearchParams[] = [];
  const told: string[] = [];
  let pending: URL | undefined;
  createInterface({ input: stderr }).on('line', (line) => {
    told.push(line);
    const url = URL.parse(line.trim());
    if (url?.pathname === '/authorize') pending = url;
    if (pending === undefined || !line.includes('OAuth callback server running')) return;
    asked.push(pending.searchParams);
    signIn(browser, pending).catch((error: unknown) => stderr.destroy(error instanceof Error ? error : undefined));
    pending = undefined;
  });
  return { client, transport, asked, told };
}

async function signIn(browser: Browser, url: URL): Promise<void> {
  const callback = await approve(browser, url.href, ALICE);
  const back = await fetch(`${url.searchParams.get('redirect_uri')}?${callback.toString()}`);
  assert.equal(back.status, 200, await back.text());
}

test('mcp-remote signs in, steps up, and proxies a client on stdio in either era', async (t) => {
  const { url } = await startInterop(t);
  const home = await scratch(t);
  const port = String(await freePort());
  const args = [url, port, '--host', '127.0.0.1', '--transport', 'http-only', '--auth-timeout', '120'];
  const browser = openBrowser();
  const legacy = createProxy(t, home, browser, args);
  await legacy.client.connect(legacy.transport);
  const [asked] = legacy.asked;
  assert.equal(asked?.get('code_challenge_method'), 'S256');
  assert.equal(asked?.get('resource'), url);
  assert.equal(asked?.get('scope'), 'notes:read offline_access');
  const { tools } = await legacy.client.listTools();
  assert.deepEqual(tools.map(({ name }) => name).toSorted(), [
    'count',
    'greet',
    'read_note',
    'search_notes',
    'touch_about',
  ]);
  const made = await legacy.client.callTool({ name: 'create_note', arguments: { title: 'Gates', body: 'Shut.' } });
  assert.equal(made.isError, undefined);
  assert.equal(legacy.asked[1]?.get('scope'), 'notes:read notes:write offline_access');
  await legacy.client.close();

  // The second run finds the tokens of the first.
  const modern = createProxy(t, home, browser, [...args, '--protocol', 'auto']);
  await modern.client.connect(modern.transport);
  const answers = [{ name: 'Ada' }, { colour: 'green', sure: true }];
  modern.client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { ...answers.shift() } }));
  const greeted = await modern.client.callTool({ name: 'greet', arguments: {} });
  assert.deepEqual(greeted.content, [{ type: 'text', text: 'Ada likes green' }]);
  assert.equal(modern.asked.length, 0);
  assert.ok(
    modern.told.some((line) => line.includes('2026-07-28')),
    modern.told.join('\n'),
  );
});

test('mcp-remote asks for the scopes it is told to, and is then shown the tools that write', async (t) => {
  const { url } = await startInterop(t);
  const home = await scratch(t);
  const metadata = ['--static-oauth-client-metadata', '{"scope":"notes:read notes:write offline_access"}'];
  const proxy = createProxy(t, home, openBrowser(), [url, ...metadata]);
  await proxy.client.connect(proxy.transport);
  assert.equal(proxy.asked[0]?.get('scope'), 'notes:read notes:write offline_access');
  const { tools } = await proxy.client.listTools();
  assert.ok(tools.some(({ name }) => name === 'create_note'));
});
