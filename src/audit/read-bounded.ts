import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Reads a file as text that may be of whoever is audited: no link, no pipe, and no more than that many bytes.
 * @throws TypeError when it is something else, or larger.
 */
export async function readBounded(path: string, most: number): Promise<string> {
  // What is opened here is not what a link names, and a pipe without a writer does not hold it up.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT') throw new TypeError('there is no such file');
      throw new TypeError(code === 'ELOOP' ? 'it is a link, which could lead anywhere' : 'it cannot be opened');
    },
  );
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new TypeError('it is no regular file');
    if (facts.size > most) throw new TypeError(`it has ${facts.size} bytes, and ${most} are read at most`);
    const bytes = Buffer.alloc(facts.size);
    const { bytesRead } = await file.read(bytes, 0, facts.size, 0);
    return bytes.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '');
  } finally {
    await file.close();
  }
}
