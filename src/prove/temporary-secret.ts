import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Writes a secret to a file of its own, which goes with the process; gives its path. */
export function temporarySecret(value: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-secret-'));
  if (folders.length === 0) process.once('exit', removeFolders);
  folders.push(folder);
  const path = join(folder, 'value');
  writeFileSync(path, value, { mode: 0o600 });
  return path;
}
