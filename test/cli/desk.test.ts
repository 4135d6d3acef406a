import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf } from '../../src/audit/judge.ts';
import { isObject } from '../../src/protocol/json.ts';
import { addressIn, answered, callTool, obtain, REDIRECT, stateOf } from '../support/approval-world.ts';
import { openPage, WITHOUT_CHROMIUM } from '../support/chromium.ts';
import { runScript } from '../support/command.ts';
import { scratch } from '../support/interop.ts';

const START = fileURLToPath(new URL('../../examples/desk/start.ts', import.meta.url));
const SCOPES = 'desk:read desk:refund desk:close';
const bubblewrap = existsSync('/usr/bin/bwrap') && existsSync('/usr/bin/pdftotext');
const skip = WITHOUT_CHROMIUM || (bubblewrap ? false : 'needs the Debian packages bubblewrap and poppler-utils');

test('the desk starts with what it talks to, and a person closes an account in a browser', { skip }, async (t) => {
  const cwd = await scratch(t);
  const run = runScript(t, cwd, [START, '--port', '0']);
  await run.until(/Ctrl-C stops it/);
  const [, url = ''] = await run.until(/endpoint +(http:\S+)/);
  const [, issuer = ''] = await run.until(/sign-in +(http:\S+)/);
  const [, password = ''] = await run.until(/alice +password (\S+)/);
  assert.match(run.stdout(), /approvals +http:\S+\/approvals\n/);
  const registered: unknown = await (
    await fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
    })
  ).json();
  const client = isObject(registered) ? String(registered['client_id']) : '';
  const token = await obtain(issuer, url, { name: 'alice', password }, client, SCOPES);
  const capabilities = { elicitation: { form: {}, url: {} } };
  const alice = await connectHttp({ url: new URL(url), era: 'modern', token, capabilities });

  const order = await callTool(alice, 'order_status', { order: 'ord-77' });
  assert.deepEqual(resultOf(order)?.['structuredContent'], { id: 'ord-77', status: 'delivered', cents: 4_900 });
  const pdf = await callTool(alice, 'read_attachment', { ticket: 'tic-1', file: 'invoice.pdf', page: 1 });
  assert.match(pdf.text, /Invoice 77/);
  const args = { customer: 'cus-1002', reason: 'Asked for it.' };
  const asked = await callTool(alice, 'close_account', args);

  const page = await openPage(t, cwd);
  await page.goto(addressIn(asked));
  await page.getByRole('textbox', { name: 'Name' }).fill('alice');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  const approve = page.getByRole('button', { name: 'Approve this one call' });
  await approve.waitFor();
  await page.screenshot({ path: join(cwd, 'approval.png') });
  assert.match((await page.locator('main').textContent()) ?? '', /close_account[\s\S]*cus-1002/);
  await approve.click();
  await page.getByRole('status').waitFor();
  const yes = { 'portcullis/approval': { action: 'accept' } };
  const done = await callTool(alice, 'close_account', args, answered(stateOf(asked), yes));
  assert.deepEqual(resultOf(done)?.['structuredContent'], { closed: true });
  using database = new DatabaseSync(join(cwd, '.portcullis/desk/desk.db'), { readOnly: true });
  const closed = database.prepare('select status from customers where id = ?').get('cus-1002');
  assert.equal(closed?.['status'], 'closed');
  run.signal('SIGTERM');
  assert.equal(await run.ended, 0, run.stderr());
});
