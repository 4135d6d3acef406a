import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

/** Takes the picture of the guide: a report in HTML, with the first line that fails opened. */
async function takePicture(report: string, picture: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 880 }, colorScheme: 'light' });
    await page.goto(pathToFileURL(resolve(report)).href);
    const failing = page.locator('details', { has: page.locator('summary .tag.fail') });
    if ((await failing.count()) > 0) await failing.first().locator('summary').click();
    await page.mouse.move(0, 0);
    await page.evaluate('document.activeElement.blur()');
    await page.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}

const [report, picture] = process.argv.slice(2);
if (report === undefined || picture === undefined) {
  process.stderr.write('Usage: node scripts/audit-picture.ts <report.html> <picture.png>\n');
  process.exitCode = 1;
} else await takePicture(report, picture);
