import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a secret as a deployment has it, a file for the owner alone, and gives what refers to it. */
export async function writeSecret(folder: string, name: string, value: string): Promise<{ readonly from: string }> {
  const file = join(folder, name);
  await writeFile(file, value, { mode: 0o600 });
  return { from: `file:${file}` };
}
