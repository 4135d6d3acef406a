import { itemsOf, member, membersOf, readLocated, textOf, type Located } from '../located.ts';
import { isCommit, sourceOf, type Lockfile, type Locked } from './locked.ts';

const lockfile = (file: string, format: string, packages: readonly Locked[]): Lockfile => ({
  file,
  format,
  ecosystem: 'npm',
  hasDigests: true,
  packages,
  settings: [],
});

/** Reads `yarn.lock` of yarn 1, and of those after it. */
export function readYarnLock(file: string, text: string): Lockfile {
  if (/^__metadata:/m.test(text)) return readBerryLock(file, text);
  const packages: Locked[] = [];
  const blocks = text.split(/\r?\n(?=\S)/);
  let line = 1;
  for (const block of blocks) {
    const head = /^"?((?:@[^/@"]+\/)?[^@",]+)@([^"]*?)"?(?:,.*)?:\s*$/m.exec(
      (block.split('\n', 1)[0] ?? '').slice(0, 2000),
    );
    const field = (name: string): string => new RegExp(`^  ${name} "?([^"\\n\\r]*)"?`, 'm').exec(block)?.[1] ?? '';
    if (head !== null && field('version') !== '') {
      const url = field('resolved');
      const [, alias] = /^npm:((?:@[^/]+\/)?[^@]+)@/.exec(head[2] ?? '') ?? [];
      packages.push(made(alias ?? head[1] ?? '', field('version'), line, url, field('integrity') !== ''));
    }
    line += block.split('\n').length;
  }
  if (packages.length === 0 && !text.includes('yarn lockfile v1')) throw new TypeError('it is no lockfile of yarn');
  return lockfile(file, 'yarn', packages);
}

function made(name: string, version: string, line: number, url: string, hasIntegrity: boolean): Locked {
  const { from, source } = sourceOf(url);
  // Yarn writes the SHA-1 of an archive behind its address, which is too weak to count.
  return {
    name,
    version,
    line,
    from,
    ...(source === undefined || source === '' ? {} : { source }),
    isExact: from !== 'git' || isCommit(url),
    hasIntegrity,
    runsScript: false,
  };
}

function readBerryLock(file: string, text: string): Lockfile {
  const packages = membersOf(rootOf(text)).flatMap(([key, entry]): readonly Locked[] => {
    const resolution = textOf(member(entry, 'resolution'));
    if (key === '__metadata' || resolution === undefined) return [];
    const cut = resolution.indexOf('@', 1);
    const [name, reference] = [resolution.slice(0, cut), resolution.slice(cut + 1)];
    if (/^(?:workspace|link|portal|patch|virtual):/.test(reference)) return [];
    const url = reference.startsWith('npm:') ? '' : reference;
    const version = textOf(member(entry, 'version')) ?? '';
    return [made(name, version, entry.line, url, member(entry, 'checksum') !== undefined)];
  });
  return lockfile(file, 'yarn', packages);
}

/** Reads `pnpm-lock.yaml`, versions 5 to 9. */
export function readPnpmLock(file: string, text: string): Lockfile {
  const root = rootOf(text);
  if (member(root, 'lockfileVersion') === undefined) throw new TypeError('it is no lockfile of pnpm');
  const packages = membersOf(member(root, 'packages')).flatMap(([key, entry]): readonly Locked[] => {
    const resolution = member(entry, 'resolution');
    if (textOf(member(resolution, 'type')) === 'directory' || key.startsWith('file:')) return [];
    const plain = key.replace(/^\//, '').replace(/\(.*$/, '');
    const [, byKey = '', version = ''] =
      /^((?:@[^/]+\/)?[^/@]+)[@/]([^_]+)(?:_.*)?$/.exec(plain) ?? /^(.*?)(?:@|$)(.*)$/.exec(plain) ?? [];
    const tarball = textOf(member(resolution, 'tarball')) ?? '';
    const commit = textOf(member(resolution, 'commit'));
    const repository = commit === undefined ? '' : `git+${textOf(member(resolution, 'repo')) ?? ''}#${commit}`;
    const found = made(
      textOf(member(entry, 'name')) ?? byKey,
      textOf(member(entry, 'version')) ?? version,
      entry.line,
      repository || tarball,
      member(resolution, 'integrity') !== undefined,
    );
    return [{ ...found, runsScript: member(entry, 'requiresBuild')?.scalar === true }];
  });
  return lockfile(file, 'pnpm', packages);
}

/** Reads `bun.lock`. */
export function readBunLock(file: string, text: string): Lockfile {
  const packages = membersOf(member(rootOf(text), 'packages')).flatMap(([, entry]): readonly Locked[] => {
    const parts = itemsOf(entry);
    const resolved = textOf(parts[0]) ?? '';
    const cut = resolved.indexOf('@', 1);
    const reference = resolved.slice(cut + 1);
    if (cut < 1 || /^(?:workspace|link|file):/.test(reference)) return [];
    const hasIntegrity = parts.some((part) => /^sha\d+-/.test(textOf(part) ?? ''));
    const isVersion = /^\d/.test(reference);
    const version = isVersion ? reference : '';
    return [made(resolved.slice(0, cut), version, entry.line, isVersion ? '' : reference, hasIntegrity)];
  });
  return lockfile(file, 'bun', packages);
}

function rootOf(text: string): Located {
  return readLocated(text).at(-1) ?? { line: 1, column: 1 };
}
