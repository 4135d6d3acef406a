import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatVerifier, type SigningKey } from './note.ts';

const POSIX = process.platform !== 'win32';

function signingKey(privateKey: KeyObject, path: string): SigningKey {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${path} is not an Ed25519 private key`);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return Object.freeze({ privateKey, publicKey: Buffer.from(spki.subarray(-32)) });
}

async function read(file: FileHandle, path: string): Promise<SigningKey> {
  const facts = await file.stat();
  if (!facts.isFile()) throw new Error(`${path} is not a regular file`);
  const owner = process.geteuid?.();
  if (owner !== undefined && facts.uid !== owner) throw new Error(`${path} belongs to another user`);
  if (POSIX && (facts.mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others: its mode must be 0600, as set by chmod 600`);
  }
  const pem = await file.readFile('utf8');
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The parser's own message can quote the file.
    throw new Error(`${path} is not an unencrypted PEM private key`);
  }
  return signingKey(key, path);
}

/**
 * Loads the Ed25519 key (PKCS #8, PEM) that signs checkpoints.
 *
 * @throws Error when the file is missing, a symbolic link, not ours, readable by others, or not such a key.
 */
export async function loadKey(path: string): Promise<SigningKey> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  return await read(file, path);
}

/**
 * Loads the key, or makes one with mode 0600 when there is no file at the path.
 *
 * @throws Error as `loadKey` does.
 */
export async function loadOrCreateKey(path: string): Promise<SigningKey> {
  try {
    return await loadKey(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o600);
  await file.writeFile(pem);
  await file.sync();
  return signingKey(privateKey, path);
}

/** The log's public identity, for those who verify: `name+hash+key` (C2SP signed-note). */
export function verifierKey(origin: string, key: SigningKey): string {
  return formatVerifier(origin, key.publicKey);
}
