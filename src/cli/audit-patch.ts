import { lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBounded } from '../audit/gather/files.ts';
import { patchOf } from '../audit/patch.ts';
import type { AuditReport } from '../audit/run.ts';

/** Writes what of the findings can be mended by itself, for `git apply` in the target's folder. */
export async function writePatch(file: string, { target, findings }: AuditReport): Promise<void> {
  const isFolder = (await lstat(target)).isDirectory();
  const read = (name: string): Promise<string | undefined> =>
    readBounded(isFolder ? join(target, name) : target).catch(() => undefined);
  await writeFile(file, await patchOf(findings, read));
}
