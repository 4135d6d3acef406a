import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { htmlReport } from '../../src/audit/report/html/page.ts';
import type { AuditReport } from '../../src/audit/run.ts';
import { REPORT, reportOf } from '../support/audit-report.ts';
import { openPage, WITHOUT_CHROMIUM } from '../support/chromium.ts';
import { atEnd, listen, scratch } from '../support/interop.ts';

const HOSTILE =
  '</bdi></title></style><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">" onmouseover="x" \u202e\u001b[2J<svg onload=alert(1)>';

interface Shown {
  readonly page: Page;
  /** What the browser said, and what it was answered beside the page. */
  readonly problems: string[];
}

async function show(t: TestContext, report: AuditReport): Promise<Shown> {
  const text = await htmlReport(report);
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(text);
  });
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const page = await openPage(t, await scratch(t));
  const problems: string[] = [];
  const address = `${await listen(server)}/`;
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => void dialog.dismiss().then(() => problems.push('a dialog')));
  page.on('requestfinished', (request) => {
    if (request.url() !== address && !request.url().endsWith('/favicon.ico')) problems.push(request.url());
  });
  await page.goto(address);
  return { page, problems };
}

test('the page says what matters in its first lines, and opens to the evidence', {
  skip: WITHOUT_CHROMIUM,
}, async (t) => {
  const { page, problems } = await show(t, REPORT);
  assert.equal(await page.title(), 'Audit of a target - Portcullis');
  assert.match((await page.locator('.verdict').textContent()) ?? '', /^Fails: 2 high findings\./);
  assert.deepEqual(await page.locator('h2').allTextContents(), [
    'OWASP minimum bar',
    'OWASP MCP Top 10 (2025)',
    'OWASP AISVS 1.0, chapter C10: MCP',
    'CoSAI level',
    'Recommendations of the NSA (May 2026)',
    'Findings, worst first',
    'All 100 controls',
    'What was not read',
    'The run',
  ]);
  const rows = (id: string) => page.locator(`h2#${id} ~ .box`).first().locator(':scope > details');
  assert.equal(await page.locator('h2#bar ~ h3').count(), 5);
  assert.deepEqual(
    [await rows('top10').count(), await rows('aisvs').count(), await rows('cosai').count(), await rows('nsa').count()],
    [10, 23, 8, 9],
  );
  const row = rows('nsa').nth(7);
  assert.equal(await row.locator('.evidence').first().isVisible(), false);
  await page.locator('h2#bar ~ .box').nth(2).locator('summary').first().click();
  assert.equal(await page.getByText('"notes" starts a package without an exact version').first().isVisible(), true);
  const waived = page.locator('.finding', { hasText: 'image-user' });
  assert.match((await waived.textContent()) ?? '', /waived by ann until 2027-01-31: the demo alone/);
  assert.deepEqual(problems, []);
});

test('at no width does anything stand out of the page, opened or closed', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const long = 'anamewithoutanend'.repeat(14);
  const wide = reportOf(
    [{ rule: 'image-user', message: long, place: { file: `${long}/${long}`, line: 1, column: 1 }, evidence: long }],
    { target: long, unread: [{ file: long, why: long }] },
  );
  const { page, problems } = await show(t, wide);
  for (const isOpen of [false, true]) {
    await page.evaluate(`for (const each of document.querySelectorAll('details')) each.open = ${isOpen}`);
    for (const width of [390, 820, 1300]) {
      await page.setViewportSize({ width, height: 900 });
      const widest = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(widest) <= width, `${isOpen ? 'open' : 'closed'} at ${width}: ${String(widest)}`);
      const cut = await page.evaluate(
        `[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > ${width}).length`,
      );
      assert.equal(cut, 0, `${isOpen ? 'open' : 'closed'} at ${width}`);
    }
  }
  assert.deepEqual(problems, []);
});

test('on paper everything is open, and nothing is cut', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const { page, problems } = await show(t, REPORT);
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 700, height: 1000 });
  const evidence = page.locator('.evidence');
  assert.ok((await evidence.count()) > 3);
  for (const each of await evidence.all()) assert.ok(((await each.boundingBox())?.height ?? 0) > 0);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 700'), true);
  const pdf = await page.pdf({ format: 'A4' });
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  assert.ok(pages >= 8, `${pages} pages: what is closed was left out`);
  assert.deepEqual(problems, []);
});

test('it is readable in the dark', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const { page } = await show(t, REPORT);
  const paper = 'getComputedStyle(document.body).backgroundColor';
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await page.evaluate(paper), 'rgb(244, 245, 247)');
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await page.evaluate(paper), 'rgb(14, 20, 27)');
});

test('names and texts of the target do nothing in the page', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const hostile = reportOf(
    [
      { rule: 'image-user', message: HOSTILE, place: { file: HOSTILE, line: 1, column: 1 }, evidence: HOSTILE },
      { rule: 'plain-http-server', message: HOSTILE, place: { exchange: HOSTILE } },
    ],
    { target: HOSTILE, files: [HOSTILE], unread: [{ file: HOSTILE, why: HOSTILE }], at: HOSTILE, version: HOSTILE },
  );
  const { page, problems } = await show(t, hostile);
  assert.equal(await page.locator('script, img, svg, iframe, [onmouseover]').count(), 0);
  assert.match(await page.title(), /^Audit of <\/bdi><\/title>/);
  const content = await page.content();
  for (const mark of ['\u202e', '\u001b']) assert.ok(!content.includes(mark));
  // What is put in by force neither runs nor loads nor colours anything.
  await page.evaluate(`(() => {
    const script = document.createElement('script');
    script.textContent = 'document.title = "owned"';
    const style = document.createElement('style');
    style.textContent = 'body { background: red !important }';
    const image = document.createElement('img');
    image.src = '/x.png';
    document.body.append(script, style, image);
  })()`);
  assert.notEqual(await page.title(), 'owned');
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(244, 245, 247)');
  assert.equal(problems.filter((text) => /Content Security Policy/.test(text)).length, 3);
  assert.deepEqual(
    problems.filter((text) => !/Content Security Policy/.test(text)),
    [],
  );
});
