import { randomBytes } from 'node:crypto';
import { createPrivateFile, readPrivateFile } from '../record/private-file.ts';

const KEY_BYTES = 32;
const MOST_KEYS = 8;

/**
 * Loads root keys: one base64url line of 32 bytes each, newest first; lines that begin with # are notes.
 * @throws Error when the file is missing, a symbolic link, not ours, readable by others, or holds no such keys.
 */
export async function loadRootKeys(path: string): Promise<readonly Uint8Array[]> {
  const lines = (await readPrivateFile(path)).split('\n').map((line) => line.trim());
  const keys = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => Buffer.from(line, 'base64url'));
  if (keys.length === 0 || keys.length > MOST_KEYS || keys.some((key) => key.length !== KEY_BYTES)) {
    throw new Error(`${path} does not hold root keys: one line of 32 bytes in base64url each, ${MOST_KEYS} at most`);
  }
  return Object.freeze(keys);
}

/**
 * Makes a file with one fresh root key and mode 0600.
 * @throws Error when there is a file already.
 */
export async function createRootKeys(path: string): Promise<void> {
  await createPrivateFile(
    path,
    `# Portcullis root keys, newest first\n${randomBytes(KEY_BYTES).toString('base64url')}\n`,
  );
}
