import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage, WITHOUT_CHROMIUM } from '../support/chromium.ts';
import { atEnd, clientEnvironment, freePort, INSPECTOR, scratch, startInterop } from '../support/interop.ts';

/** Starts the Inspector's web page for one server; gives the page's address, with its key. */
async function startInspector(t: TestContext, home: string, args: readonly string[]): Promise<string> {
  const env = {
    ...clientEnvironment(home),
    HOST: '127.0.0.1',
    CLIENT_PORT: String(await freePort()),
    MCP_SANDBOX_PORT: '0',
    MCP_APP_ORIGIN_PORT: '0',
    MCP_AUTO_OPEN_ENABLED: 'false',
    MCP_STORAGE_DIR: join(home, 'storage'),
    MCP_INSPECTOR_SECRET_STORE: 'memory',
  };
  const child = spawn(process.execPath, [INSPECTOR, '--web', ...args], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = URL.parse(line.trim());
      if (url?.searchParams.has('MCP_INSPECTOR_API_TOKEN') === true) resolve(url.href);
    });
    void ended.then(() => reject(new Error('the Inspector ended')));
  });
}

async function see(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor();
}

/** Opens the page, connects to its one server, and signs in and allows what is asked. */
async function signIn(t: TestContext, home: string, address: string): Promise<Page> {
  const page = await openPage(t, home);
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  await page.locator('.mantine-Switch-track').click();
  await page.getByRole('button', { name: 'Sign in as alice' }).click();
  await page.getByRole('heading', { name: 'MCP Inspector asks for access' }).waitFor();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Tools', { exact: true }).click();
  return page;
}

for (const era of ['legacy', 'modern'] as const) {
  test(`the Inspector's page signs in, calls and answers, ${era} era`, { skip: WITHOUT_CHROMIUM }, async (t) => {
    const { url } = await startInterop(t);
    const home = await scratch(t);
    const server = ['--transport', 'http', '--server-url', url, '--protocol-era', era];
    const page = await signIn(t, home, await startInspector(t, home, server));
    await page.getByRole('button', { name: 'count', exact: true }).click();
    await page.getByRole('textbox', { name: 'to', exact: true }).fill('3');
    await page.getByRole('button', { name: 'Execute Tool' }).click();
    await see(page, /"counted": ?3/);
    await page.getByRole('button', { name: 'greet', exact: true }).click();
    await page.getByRole('button', { name: 'Execute Tool' }).click();
    await see(page, 'What is your name?');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'name' }).fill('Ada');
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await see(page, 'Which colour?');
    await dialog.getByRole('button', { name: 'Decline' }).click();
    await see(page, /^decline$/);
  });
}

test("the Inspector's page asks for the scopes it is told to", { skip: WITHOUT_CHROMIUM }, async (t) => {
  const { url } = await startInterop(t);
  const home = await scratch(t);
  const config = join(home, 'mcp.json');
  const oauth = { scopes: 'notes:read notes:write' };
  await writeFile(config, JSON.stringify({ mcpServers: { notes: { type: 'streamable-http', url, oauth } } }));
  const page = await signIn(t, home, await startInspector(t, home, ['--config', config]));
  await page.getByRole('button', { name: 'create_note', exact: true }).click();
  await page.getByRole('textbox', { name: 'title', exact: true }).fill('Gates');
  await page.getByRole('textbox', { name: 'body', exact: true }).fill('A portcullis falls shut.');
  await page.getByRole('button', { name: 'Execute Tool' }).click();
  await see(page, /"title": ?"Gates"/);
});
