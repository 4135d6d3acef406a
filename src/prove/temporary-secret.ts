import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Writes a secret to a file of its own, which goes with the process; gives its path. */
export function temporarySecret(value: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-secret-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'value');
  writeFileSync(path, value, { mode: 0o600 });
  return path;
}
