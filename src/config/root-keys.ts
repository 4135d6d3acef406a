import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
const MOST_KEYS = 8;
const POSIX = process.platform !== 'win32';

/**
 * Loads root keys: one base64url line of 32 bytes each, newest first; lines that begin with # are notes.
 * @throws Error when the file is missing, a symbolic link, not ours, readable by others, or holds no such keys.
 */
export async function loadRootKeys(path: string): Promise<readonly Uint8Array[]> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const facts = await file.stat();
  if (!facts.isFile()) throw new Error(`${path} is not a regular file`);
  const owner = process.geteuid?.();
  if (owner !== undefined && facts.uid !== owner) throw new Error(`${path} belongs to another user`);
  if (POSIX && (facts.mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others: its mode must be 0600, as set by chmod 600`);
  }
  const lines = (await file.readFile('utf8')).split('\n').map((line) => line.trim());
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
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o600);
  await file.writeFile(`# Portcullis root keys, newest first\n${randomBytes(KEY_BYTES).toString('base64url')}\n`);
  await file.sync();
}
