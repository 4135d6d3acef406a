import { isObject, type JsonObject } from '../../../protocol/json.ts';
import { isCommit, linesOfKeys, sourceOf, type Lockfile, type Locked } from './locked.ts';

const MOST_DEPTH = 64;

/**
 * Reads `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
 * @throws TypeError when it is neither.
 */
export function readNpmLock(file: string, text: string): Lockfile {
  const root: unknown = JSON.parse(text);
  if (!isObject(root)) throw new TypeError('it is no lockfile of npm');
  const lines = linesOfKeys(text);
  const packages = isObject(root['packages'])
    ? Object.entries(root['packages']).flatMap(([path, entry]) => (isObject(entry) ? fromPath(path, entry, lines) : []))
    : fromTree(root['dependencies'], '', lines, 0);
  return { file, format: 'npm', ecosystem: 'npm', hasDigests: true, packages, settings: [] };
}

function fromPath(path: string, entry: JsonObject, lines: ReadonlyMap<string, number>): readonly Locked[] {
  const at = path.lastIndexOf('node_modules/');
  // The project itself, its workspaces, and links to them.
  if (at === -1 || entry['link'] === true) return [];
  const { name = path.slice(at + 'node_modules/'.length) } = entry;
  return [lockedOf(String(name), entry, lines.get(path) ?? 1)];
}

function fromTree(tree: unknown, within: string, lines: ReadonlyMap<string, number>, depth: number): readonly Locked[] {
  if (!isObject(tree)) return [];
  if (depth > MOST_DEPTH) throw new TypeError('it is nested too deep');
  return Object.entries(tree).flatMap(([name, entry]) => {
    if (!isObject(entry)) return [];
    const inner = fromTree(entry['dependencies'], `${within}${name}/`, lines, depth + 1);
    return [lockedOf(name, entry, lines.get(name) ?? 1), ...inner];
  });
}

function lockedOf(name: string, entry: JsonObject, line: number): Locked {
  const version = text(entry['version']);
  const alias = /^npm:((?:@[^/]+\/)?[^@]+)@(.+)$/.exec(version);
  // Of what is bundled with another, the other's digest speaks.
  const isBundled = entry['inBundle'] === true || entry['bundled'] === true;
  const url = text(entry['resolved']) || (/^[a-z+]+:/.test(version) && alias === null ? version : '');
  const { from, source } = sourceOf(url);
  return {
    name: alias?.[1] ?? name,
    version: alias?.[2] ?? version,
    line,
    from,
    ...(source === undefined || source === '' ? {} : { source }),
    isExact: from !== 'git' || isCommit(url),
    hasIntegrity: isBundled || typeof entry['integrity'] === 'string',
    runsScript: entry['hasInstallScript'] === true,
    ...(entry['optional'] === true ? { isOptional: true } : {}),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
