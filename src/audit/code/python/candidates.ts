import { posix } from 'node:path';

/** Where a project keeps what it can import, beside its own folder. */
const ROOTS: readonly string[] = ['', 'src', 'lib', 'python'];

/**
 * The files of the target that an import may mean, the likeliest first. An absolute one is looked for from the folder of the file
 * upward, since a script imports what stands beside it and a package from the folder above it.
 * @param from The file that imports, relative to the target.
 * @param specifier `a.b`, `.a`, `..`.
 */
export function candidates(from: string, specifier: string): readonly string[] {
  const [, dots = '', name = ''] = /^(\.*)([\w.]*)$/.exec(specifier) ?? [];
  const path = name.split('.').join('/');
  const folder = posix.dirname(from);
  if (dots !== '') {
    const base = posix.join(folder, ...Array.from({ length: dots.length - 1 }, () => '..'));
    if (base.startsWith('..')) return [];
    return path === '' ? [posix.join(base, '__init__.py')] : filesOf(posix.join(base, path));
  }
  if (path === '') return [];
  const bases: string[] = [];
  for (let at = folder; ; at = posix.dirname(at)) {
    bases.push(at);
    if (at === '.' || at === '/') break;
  }
  return [...new Set([...bases, ...ROOTS.map((root) => (root === '' ? '.' : root))])].flatMap((base) =>
    filesOf(posix.join(base, path)),
  );
}

function filesOf(path: string): readonly string[] {
  const clean = path.replace(/\/$/, '');
  return clean === '.' || clean === '' ? ['__init__.py'] : [`${clean}.py`, `${clean}/__init__.py`];
}
