import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the one writer's place of a log directory; the returned function gives it back. The lock is the kernel's (that
 * of an SQLite file, which stays empty), so a writer that is killed leaves none behind.
 *
 * @throws Error when another writer has the log open.
 */
export function lockDirectory(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new Error(`another process writes the audit log in ${directory}`, { cause: error });
  }
  return () => {
    database.close();
  };
}
