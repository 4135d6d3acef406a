import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const POSIX = process.platform !== 'win32';

/**
 * Reads a file of secrets as text.
 * @throws Error when the file is missing, a symbolic link, not a regular file, not ours or readable by others.
 */
export async function readPrivateFile(path: string): Promise<string> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const facts = await file.stat();
  if (!facts.isFile()) throw new Error(`${path} is not a regular file`);
  const owner = process.geteuid?.();
  if (owner !== undefined && facts.uid !== owner) throw new Error(`${path} belongs to another user`);
  if (POSIX && (facts.mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others: its mode must be 0600, as set by chmod 600`);
  }
  return await file.readFile('utf8');
}

/**
 * Makes a file of secrets with mode 0600, on stable storage; its folder, where there is none, with mode 0700.
 * @throws Error when there is a file already.
 */
export async function createPrivateFile(path: string, text: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o600);
  await file.writeFile(text);
  await file.sync();
}
