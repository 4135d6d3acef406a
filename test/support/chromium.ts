import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { atEnd } from './interop.ts';

const EXECUTABLE = '/usr/bin/chromium';

/** Why tests in a browser cannot run here; false when they can. */
export const WITHOUT_CHROMIUM: string | false = existsSync(EXECUTABLE) ? false : 'install the Debian package chromium';

const FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens a page in a browser of its own, which reaches nothing but this machine and ends with the test. */
export async function openPage(t: TestContext, home: string): Promise<Page> {
  const downloads = join(home, 'browser');
  await mkdir(downloads, { recursive: true });
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: [...FLAGS], downloadsPath: downloads });
  atEnd(t, () => browser.close());
  const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
  await page.route(
    ({ hostname }) => hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
  return page;
}
