import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/** How far the clock of files may stay behind. */
const COARSE_MS = 10;

/** What an attestation is about: an audited target, by its digest. */
export interface Subject {
  readonly name: string;
  /** How the digest comes about: of the files that were read, or of the target's name alone. */
  readonly form: 'files' | 'name';
  /** Lower-case hex. */
  readonly sha256: string;
  /** SHA-256 of each file that was read, by path relative to the target, in the order of the bytes of their paths. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The digest of a name in UTF-8: of a URL, a package with its version, or a command line, which hold no files. */
export function subjectOfName(name: string): Subject {
  return { name, form: 'name', sha256: createHash('sha256').update(name).digest('hex') };
}

/**
 * The digest of the files that were read, which `sha256sum` makes as well: of one line for each, `digest  path`, in the order
 * of the bytes of their paths.
 * @param files Paths relative to the target, or the name of the target where it is a file.
 * @param before When reading began: a file that changed since may not be what was read.
 * @throws TypeError when a file is gone, is none any more, lies outside of the target, or changed.
 */
export async function subjectOfFiles(
  name: string,
  path: string,
  files: readonly string[],
  before?: Date,
): Promise<Subject> {
  const root = await realpath(path);
  const folder = (await lstat(root)).isDirectory() ? root : dirname(root);
  const paths = [...new Set(files)].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const digests: [string, string][] = [];
  for (const file of paths) digests.push([file, await digestOf(folder, file, before)]);
  return { name, form: 'files', sha256: digestOfDigests(digests), files: Object.fromEntries(digests) };
}

/** The digest over the digests of files, in the order of the bytes of their paths. */
export function digestOfDigests(digests: readonly (readonly [path: string, sha256: string])[]): string {
  const ordered = digests.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const sum = createHash('sha256');
  for (const [path, sha256] of ordered) sum.update(line(path, sha256));
  return sum.digest('hex');
}

/** As `sha256sum` writes it: a backslash in front says that the name holds one that stands for another mark. */
function line(path: string, sha256: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}

async function digestOf(folder: string, file: string, before: Date | undefined): Promise<string> {
  const path = join(folder, file);
  const real = await realpath(path).catch(() => undefined);
  if (real !== path || !real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    throw new TypeError(`${file} is gone, is a link, or lies outside`);
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new TypeError(`${file} is no file any more`);
    // The time of a change is told by a coarser clock.
    if (before !== undefined && facts.ctimeMs + COARSE_MS > before.getTime())
      throw new TypeError(`${file} changed while it was audited`);
    const sum = createHash('sha256');
    for await (const chunk of handle.createReadStream({ autoClose: false })) sum.update(chunk as Buffer);
    return sum.digest('hex');
  } finally {
    await handle.close();
  }
}
