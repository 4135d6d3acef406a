import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditRulePages, auditRulesModule } from './generators/audit-rules.ts';
import { configSchema } from './generators/config-schema.ts';
import { controlsPage } from './generators/controls-page.ts';
import { coveragePage } from './generators/coverage-page.ts';
import { errorsPage } from './generators/errors-page.ts';
import { evidenceRecordsPage } from './generators/evidence-records.ts';
import type { Generator } from './generators/generated-file.ts';
import { slicesModule } from './generators/slices-module.ts';

/** Every generator; a new one is one line here and one file in `scripts/generators`. */
const GENERATORS: readonly Generator[] = [
  errorsPage,
  controlsPage,
  configSchema,
  slicesModule,
  auditRulesModule,
  auditRulePages,
  evidenceRecordsPage,
  coveragePage,
];

/**
 * Writes the generated files under `root`, or with `check` only compares them.
 * Gives the paths whose content was not as it should be.
 */
export async function generate(root: string, check: boolean): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const generator of GENERATORS) {
    for (const file of [await generator(root)].flat()) {
      const path = join(root, file.path);
      const present = await readFile(path, 'utf8').catch(() => undefined);
      if (present === file.content) continue;
      stale.push(file.path);
      if (check) continue;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.content);
    }
  }
  return stale;
}

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const stale = await generate(fileURLToPath(new URL('..', import.meta.url)), check);
  for (const path of stale) console.log(check ? `out of date: ${path} (npm run generate)` : `wrote ${path}`);
  if (check && stale.length > 0) process.exitCode = 1;
}
