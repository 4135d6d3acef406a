import { isObject } from '../../../protocol/json.ts';
import { isCommit, linesOfKeys, type Lockfile, type Locked } from './locked.ts';

/** Characters of one requirement with all of its digests. */
const MOST_LINE = 256 * 1024;

/** Names of packages as PyPI compares them (PEP 503). */
export function pythonName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Reads a list of requirements, as pip does: lines that go on are one. */
export function readRequirements(file: string, text: string): Lockfile {
  const packages: Locked[] = [];
  const settings: { value: string; line: number }[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    const parts = [lines[at] ?? ''];
    while (/\\\s*$/.test(parts.at(-1)?.slice(-200) ?? '') && at + 1 < lines.length) {
      at += 1;
      parts.push(lines[at] ?? '');
    }
    const whole = parts
      .map((part) => part.replace(/\\\s{0,200}$/, ''))
      .join(' ')
      .slice(0, MOST_LINE)
      .replace(/(?:^|\s)#.*$/, '')
      .trim();
    const option = /^(--?[a-z-]+)[\s=]*(.*)$/.exec(whole);
    if (option !== null && !/^(?:-e|--editable)$/.test(option[1] ?? '')) {
      if (/^(?:--(?:extra-)?index-url|-i|--find-links|-f|--trusted-host)$/.test(option[1] ?? ''))
        settings.push({ value: `${option[1] ?? ''} ${plain(option[2] ?? '')}`, line });
      continue;
    }
    const found = requirementOf(option === null ? whole : (option[2] ?? ''), line);
    if (found !== undefined) packages.push(found);
  }
  const hasDigests = packages.some(({ hasIntegrity }) => hasIntegrity);
  return { file, format: 'requirements', ecosystem: 'PyPI', hasDigests, packages, settings };
}

/** One requirement (PEP 508), or a reference to a repository or an archive. */
export function requirementOf(text: string, line: number): Locked | undefined {
  const hasIntegrity = /--hash[=\s]sha(?:256|384|512):[0-9a-f]{64,}/.test(text);
  const [, name = '', , rest = ''] = /^([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*)$/.exec(text) ?? [];
  const url = /^(?:[a-z+]+:\/\/|git@)/.test(text) ? text : (/^@\s*(\S+)/.exec(rest)?.[1] ?? '');
  if (url !== '') {
    const isGit = /^git\+|^git@|\.git(?:@|#|$)/.test(url);
    const egg = /#egg=([\w.-]+)/.exec(url)?.[1];
    return {
      name: pythonName(url === text ? (egg ?? '') : name),
      version: '',
      line,
      from: isGit ? 'git' : url.startsWith('file:') ? 'folder' : 'url',
      source: plain(url).slice(0, 300),
      isExact: isGit ? /@[0-9a-f]{40}(?:#|$|\s)/.test(url) : /#(?:.*&)?sha256=[0-9a-f]{64}/.test(url),
      hasIntegrity: hasIntegrity || /#(?:.*&)?sha256=[0-9a-f]{64}/.test(url),
      runsScript: false,
    };
  }
  if (name === '' || /^\.{0,2}\//.test(text)) return undefined;
  const exact = /^===?\s*([^\s,;*]+)\s*(?:;|--|$)/.exec(rest);
  return {
    name: pythonName(name),
    version: exact?.[1] ?? '',
    line,
    from: 'registry',
    isExact: exact !== null,
    hasIntegrity,
    runsScript: false,
  };
}

/** Reads `poetry.lock`, `uv.lock` and `pdm.lock`, which their tools write in one form. */
export function readTomlLock(file: string, text: string): Lockfile {
  const packages: Locked[] = [];
  // Of old ones the digests stand at the end.
  const [, digests = ''] = /^\[metadata\.files\]([^]*)$/m.exec(text) ?? [];
  const starts = [...text.matchAll(/^\[\[package\]\]\s*$/gm)].map(({ index }) => index);
  let line = 1;
  let counted = 0;
  for (const [at, start] of starts.entries()) {
    line += (text.slice(counted, start).match(/\n/g) ?? []).length;
    counted = start;
    const block = text.slice(start, starts[at + 1]).replace(/^\[(?:metadata|extras)[^]*$/m, '');
    const name = field(block, 'name');
    if (name === undefined) throw new TypeError(`line ${line}: a package without a name`);
    const made = tomlPackage(pythonName(name), block, line);
    if (made !== undefined) packages.push({ ...made, hasIntegrity: made.hasIntegrity || isListed(digests, name) });
  }
  if (starts.length === 0 && !/^(?:version = \d|\[metadata\])/m.test(text))
    throw new TypeError('it is no lockfile of poetry, uv or pdm');
  return { file, format: 'toml', ecosystem: 'PyPI', hasDigests: true, packages, settings: [] };
}

function tomlPackage(name: string, block: string, line: number): Locked | undefined {
  const inline = /^source = \{([^}]*)\}/m.exec(block)?.[1] ?? '';
  const section = /^\[package\.source\]([^[]*)/m.exec(block)?.[1] ?? '';
  if (/\b(?:editable|virtual|directory|path) = /.test(inline) || /type = "(?:directory|file)"/.test(section))
    return undefined;
  const own = block.replace(/^\[package\.[^]*$/m, '');
  const git =
    /\bgit = "([^"]*)"/.exec(inline)?.[1] ?? (/type = "git"/.test(section) ? field(section, 'url') : undefined);
  const url =
    /\burl = "([^"]*)"/.exec(inline)?.[1] ?? (/type = "url"/.test(section) ? field(section, 'url') : undefined);
  const commit = field(section, 'resolved_reference') ?? field(own, 'revision') ?? '';
  const source = git ?? url;
  return {
    name,
    version: field(own, 'version') ?? '',
    line,
    from: git !== undefined ? 'git' : url !== undefined ? 'url' : 'registry',
    ...(source === undefined ? {} : { source: plain(source).slice(0, 300) }),
    isExact: git === undefined || isCommit(git) || /^[0-9a-f]{40}$/.test(commit),
    hasIntegrity: /\bhash = "sha\d+:/.test(block),
    runsScript: false,
  };
}

function isListed(digests: string, name: string): boolean {
  if (digests === '') return false;
  const at = digests.indexOf(`\n${name} = [`);
  return at !== -1 && /^[^[]*\[\s*\{[^}]*hash = "sha/.test(digests.slice(at + 1, at + 2000));
}

function field(block: string, name: string): string | undefined {
  return new RegExp(`^${name} = "([^"]*)"`, 'm').exec(block)?.[1];
}

/**
 * Reads `Pipfile.lock`.
 * @throws TypeError when it is none.
 */
export function readPipfileLock(file: string, text: string): Lockfile {
  const root: unknown = JSON.parse(text);
  if (!isObject(root) || root['_meta'] === undefined) throw new TypeError('it is no lockfile of pipenv');
  const lines = linesOfKeys(text);
  const packages = ['default', 'develop'].flatMap((group) => {
    const entries = isObject(root[group]) ? Object.entries(root[group]) : [];
    return entries.flatMap(([name, entry]): readonly Locked[] => {
      if (!isObject(entry) || entry['path'] !== undefined) return [];
      const { version, git, ref, hashes } = entry;
      const isGit = typeof git === 'string';
      return [
        {
          name: pythonName(name),
          version: typeof version === 'string' ? version.replace(/^==/, '') : '',
          line: lines.get(name) ?? 1,
          from: isGit ? 'git' : 'registry',
          ...(isGit ? { source: plain(git).slice(0, 300) } : {}),
          isExact: !isGit || (typeof ref === 'string' && /^[0-9a-f]{40}$/.test(ref)),
          hasIntegrity: Array.isArray(hashes) && hashes.length > 0,
          runsScript: false,
        },
      ];
    });
  });
  return { file, format: 'pipenv', ecosystem: 'PyPI', hasDigests: true, packages, settings: [] };
}

function plain(url: string): string {
  return url.trim().replace(/\/\/[^/@\s]*@/, '//');
}
