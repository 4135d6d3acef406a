import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FILES = 1_000_000;

/**
 * Paths that git keeps, by the index of a working copy. Git itself is not asked: the settings of a repository can make it run
 * programs. Nothing where there is no index, or one that is not understood (gitformat-index, versions 2 to 4).
 */
export async function readGitIndex(root: string): Promise<ReadonlySet<string> | undefined> {
  const folder = await lstat(join(root, '.git')).catch(() => undefined);
  if (folder?.isDirectory() !== true) return undefined;
  try {
    const file = await open(
      join(root, '.git', 'index'),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const { size } = await file.stat();
      return size > MOST_BYTES ? undefined : pathsOf(await file.readFile());
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Each entry has 62 bytes before its path, or 64 where it is extended. */
function pathsOf(bytes: Buffer): ReadonlySet<string> | undefined {
  const version = bytes.readUInt32BE(4);
  const count = bytes.readUInt32BE(8);
  if (bytes.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4 || count > MOST_FILES) return undefined;
  const paths = new Set<string>();
  let [at, before] = [12, ''];
  for (let entry = 0; entry < count; entry++) {
    const from = at;
    const isExtended = version >= 3 && (bytes.readUInt16BE(at + 60) & 0x4000) !== 0;
    at += isExtended ? 64 : 62;
    let kept = '';
    if (version === 4) {
      let byte = bytes.readUInt8(at++);
      let cut = byte & 0x7f;
      for (; (byte & 0x80) !== 0; cut = ((cut + 1) << 7) | (byte & 0x7f)) byte = bytes.readUInt8(at++);
      kept = before.slice(0, Math.max(0, before.length - cut));
    }
    const end = bytes.indexOf(0, at);
    if (end === -1) return undefined;
    before = kept + bytes.toString('utf8', at, end);
    paths.add(before);
    // Before version 4 an entry is padded to eight bytes, with one that is zero at least.
    at = version === 4 ? end + 1 : from + (Math.floor((end - from) / 8) + 1) * 8;
  }
  return paths;
}
