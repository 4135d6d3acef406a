import { resolve } from 'node:path';
import type { Decrypter } from 'age-encryption';
import type { Provider, ProviderContext } from '../provider.ts';
import { readSecretFile, textOf } from './secret-file.ts';
import { watchPath } from './watch-file.ts';

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/;

/**
 * Reads `age:<file>`: a file that `age` encrypted to a recipient whose identity this server has, binary or armored. The
 * encrypted file may be read by anyone; the identity file may not.
 */
export function createAgeProvider({ profile, folder, settings, remember }: ProviderContext): Provider {
  const identityPath = settings.age === undefined ? undefined : resolve(folder, settings.age.identity);
  const openIdentities = async (): Promise<{ readonly decrypter: Decrypter; readonly problems: readonly string[] }> => {
    if (identityPath === undefined) throw new Error('age.identity is not set: name the file that decrypts it');
    const { bytes, problems } = await readSecretFile(identityPath, profile);
    const lines = textOf(bytes, identityPath)
      .split(/\r?\n/)
      .map((line) => line.trim());
    const identities = lines.filter((line) => IDENTITY.test(line));
    if (identities.length === 0) throw new Error(`${identityPath} holds no age identity`);
    const { Decrypter: create } = await importAge();
    const decrypter = new create();
    for (const identity of identities) {
      remember(identity);
      decrypter.addIdentity(identity);
    }
    return { decrypter, problems };
  };
  return {
    async read(locator) {
      const path = resolve(folder, locator);
      // Whoever has the ciphertext alone has nothing, so its rights are not judged.
      const { bytes, version, modifiedAt } = await readSecretFile(path, 'dev');
      const { decrypter, problems } = await openIdentities();
      const plain = await decrypter.decrypt(await unarmored(bytes)).catch((cause: unknown): never => {
        throw new Error(`${path} is no age file for an identity of ${identityPath ?? ''}`, { cause });
      });
      return { value: textOf(plain, path), version, madeAt: modifiedAt, problems };
    },
    watch(locator, changed) {
      const ends = [watchPath(resolve(folder, locator), changed)];
      if (identityPath !== undefined) ends.push(watchPath(identityPath, changed));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

async function unarmored(bytes: Buffer): Promise<Uint8Array> {
  const text = bytes.toString('latin1').trimStart();
  return text.startsWith(ARMOR) ? (await importAge()).armor.decode(text) : bytes;
}

async function importAge(): Promise<typeof import('age-encryption')> {
  try {
    return await import('age-encryption');
  } catch (cause) {
    throw new Error('age: secrets need age-encryption: npm install --save-exact age-encryption@0.3.1', { cause });
  }
}
