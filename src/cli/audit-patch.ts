import { lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from '../audit/read-bounded.ts';
import { patchOf } from '../audit/patch.ts';
import type { AuditReport } from '../audit/run.ts';

/** What is looked at is no larger. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Writes what of the findings can be mended by itself, for `git apply` in the target's folder. */
export async function writePatch(file: string, { target, findings }: AuditReport): Promise<void> {
  const isFolder = (await lstat(target)).isDirectory();
  const read = (name: string): Promise<string | undefined> =>
    readBounded(isFolder ? join(target, name) : target, MOST_BYTES).catch(() => undefined);
  await writeFile(file, await patchOf(findings, read));
}
