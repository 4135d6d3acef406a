import { randomBytes } from 'node:crypto';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Puts a new value in the place of a file of a secret: whole or not at all, on stable storage, with its owner and its mode,
 * less whatever lets others read it.
 * @throws Error when there is something else than a file: a link is published by someone else, and is theirs to change.
 */
export async function replaceSecretFile(path: string, value: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts !== undefined && !facts.isFile()) {
    throw new Error(`${path} is no regular file: what published it has to change it`);
  }
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    {
      await using file = await open(fresh, 'wx', 0o600);
      await file.writeFile(value);
      if (facts !== undefined) {
        const [user, group] = [process.geteuid?.(), process.getegid?.()];
        if (facts.uid !== user || facts.gid !== group) await file.chown(facts.uid, facts.gid);
        await file.chmod(facts.mode & 0o640);
      }
      await file.sync();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
}
