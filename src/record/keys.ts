import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { formatVerifier, type SigningKey } from './note.ts';
import { createPrivateFile, readPrivateFile } from './private-file.ts';

function signingKey(privateKey: KeyObject, path: string): SigningKey {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${path} is not an Ed25519 private key`);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return Object.freeze({ privateKey, publicKey: Buffer.from(spki.subarray(-32)) });
}

/**
 * Loads the Ed25519 key (PKCS #8, PEM) that signs checkpoints.
 *
 * @throws Error when the file is missing, a symbolic link, not ours, readable by others, or not such a key.
 */
export async function loadKey(path: string): Promise<SigningKey> {
  const pem = await readPrivateFile(path);
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
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  await createPrivateFile(path, pem);
  return signingKey(privateKey, path);
}

/** The log's public identity, for those who verify: `name+hash+key` (C2SP signed-note). */
export function verifierKey(origin: string, key: SigningKey): string {
  return formatVerifier(origin, key.publicKey);
}
