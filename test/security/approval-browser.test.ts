import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { addressIn, callTool, doneIn, PEOPLE, startApprovalWorld } from '../support/approval-world.ts';
import { openPage, WITHOUT_CHROMIUM } from '../support/chromium.ts';
import { atEnd, listen, scratch } from '../support/interop.ts';

const HOSTILE =
  '</dd><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'"><svg onload=alert(1)>';

/** Signs in as alice on the way to an address, as a person does. */
async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Name' }).fill(PEOPLE.alice.name);
  await page.getByLabel('Password').fill(PEOPLE.alice.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(url);
}

async function attacker(t: TestContext, body: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(body);
  });
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

test('a person signs in, reads what would run, and approves it', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const world = await startApprovalWorld(t);
  const alice = await world.connect('alice');
  const args = { account: 7, note: HOSTILE };
  const url = addressIn(await callTool(alice, 'close', args));
  const page = await openPage(t, await scratch(t));
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('dialog', (dialog) => void dialog.dismiss().then(() => problems.push('a dialog')));
  await open(page, url);
  assert.equal(await page.title(), 'Approvals - Portcullis');
  assert.equal(await page.locator('script').count(), 0);
  assert.equal(await page.locator('dd img, dd svg').count(), 0);
  assert.equal(await page.locator('dl.args dd').last().textContent(), JSON.stringify(HOSTILE));
  // A script that is put in by force does not run either.
  const ran = await page.evaluate(`(() => {
    const script = document.createElement('script');
    try {
      script.textContent = 'document.title="owned"';
      document.body.append(script);
    } catch {
      return 'refused by Trusted Types';
    }
    return document.title;
  })()`);
  assert.equal(ran, 'refused by Trusted Types');
  const cookies = await page.context().cookies(world.page);
  const session = cookies.find(({ name }) => name === 'portcullis-session');
  assert.deepEqual([session?.httpOnly, session?.sameSite, session?.path], [true, 'Strict', '/approvals']);
  assert.deepEqual(world.effects, []);
  await page.getByLabel('Reason, for the audit log').fill('as agreed');
  await page.getByRole('button', { name: 'Approve this one call' }).click();
  await page.getByRole('status').waitFor();
  assert.match((await page.getByRole('status').textContent()) ?? '', /^Approved\. The client can go on/);
  assert.equal(doneIn(await callTool(alice, 'close', args)), 'close 7');
  assert.deepEqual(
    problems.filter((text) => !/TrustedScript|Trusted Type/i.test(text)),
    [],
  );
});

test('the page cannot be framed, and no other page can decide', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const world = await startApprovalWorld(t);
  const alice = await world.connect('alice');
  const url = addressIn(await callTool(alice, 'close', { account: 7 }));
  const page = await openPage(t, await scratch(t));
  await open(page, url);
  const token = await page.locator('form.decide input[name=token]').inputValue();
  const framing = await attacker(t, `<iframe id="f" src="${url}" width="900" height="900"></iframe>`);
  await page.goto(framing);
  const frame = await (await page.locator('#f').elementHandle())?.contentFrame();
  await frame?.waitForLoadState().catch(() => undefined);
  assert.equal(await frame?.locator('form').count(), 0);
  // Even with a token that cannot be had, the form comes from where it does.
  const fields = { id: url.slice(-22), decision: 'approve', token };
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const form = `<form id="f" method="post" action="${world.page}">${inputs.join('')}</form>`;
  await page.goto(await attacker(t, form));
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.evaluate(`document.querySelector('#f').submit()`),
  ]);
  assert.equal(answer.status(), 403);
  assert.equal(doneIn(await callTool(alice, 'close', { account: 7 })), undefined);
  assert.deepEqual(world.effects, []);
});
