import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openPage, WITHOUT_CHROMIUM } from '../support/chromium.ts';
import { atEnd, listen, ROOT, scratch, startInterop } from '../support/interop.ts';

/** What a bundler would resolve for a browser. */
const IMPORTS = {
  '@modelcontextprotocol/client': '/node_modules/@modelcontextprotocol/client/dist/index.mjs',
  '@modelcontextprotocol/client/_shims': '/node_modules/@modelcontextprotocol/client/dist/shimsBrowser.mjs',
  '@modelcontextprotocol/core/internal': '/node_modules/@modelcontextprotocol/core/dist/internal.mjs',
  eventsource: '/node_modules/eventsource/dist/index.js',
  'eventsource-parser': '/node_modules/eventsource-parser/dist/index.js',
  'eventsource-parser/stream': '/node_modules/eventsource-parser/dist/stream.js',
  jose: '/node_modules/jose/dist/webapi/index.js',
  'pkce-challenge': '/node_modules/pkce-challenge/dist/index.browser.js',
  'zod/v4': '/node_modules/zod/v4/index.js',
};

/** Serves a page that is an MCP client on a free loopback port; gives its origin. */
async function servePage(t: TestContext, mode: 'legacy' | 'auto'): Promise<string> {
  const html = `<!doctype html><html lang="en"><title>A client</title>
    <script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
    <body data-mode="${mode}"><output></output><script type="module" src="/app.js"></script></body></html>`;
  const answer = async ({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(url, 'http://127.0.0.1');
    if (pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(html);
      return;
    }
    const file = join(ROOT, pathname === '/app.js' ? 'test/interop/page/app.js' : pathname);
    const text = await readFile(file).catch(() => undefined);
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/javascript' }).end(text);
  };
  const server = createServer((request, response) => void answer(request, response));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

for (const [mode, outcome] of [
  ['legacy', '2025-11-25 {"counted":3}'],
  ['auto', '2026-07-28 {"counted":3}'],
] as const) {
  test(`a page whose origin is allowed signs in and calls, ${mode}`, { skip: WITHOUT_CHROMIUM }, async (t) => {
    const origin = await servePage(t, mode);
    const { url } = await startInterop(t, { allowedOrigins: [origin] });
    const page = await openPage(t, await scratch(t));
    page.setDefaultTimeout(60_000);
    await page.goto(`${origin}/?server=${encodeURIComponent(url)}`);
    await page.getByRole('button', { name: 'Sign in as alice' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.locator('output:not(:empty)').waitFor();
    assert.equal(await page.locator('output').textContent(), outcome);
  });
}

test('a page whose origin is not allowed gets nowhere', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const origin = await servePage(t, 'auto');
  const { url } = await startInterop(t);
  const page = await openPage(t, await scratch(t));
  page.setDefaultTimeout(60_000);
  await page.goto(`${origin}/?server=${encodeURIComponent(url)}`);
  await page.locator('output:not(:empty)').waitFor();
  assert.match((await page.locator('output').textContent()) ?? '', /Failed to fetch/);
});
