/** What a package comes from and is ordered by. */
export type Ecosystem = 'npm' | 'PyPI';

/** One package of a lockfile. */
export interface Locked {
  readonly name: string;
  /** As it is written; empty where the file names none. */
  readonly version: string;
  readonly line: number;
  readonly from: 'registry' | 'git' | 'url' | 'folder';
  /** Where it comes from, without credentials; absent where the file leaves that to the registry. */
  readonly source?: string;
  /** Whether it is one exact thing: a version, a commit. */
  readonly isExact: boolean;
  readonly hasIntegrity: boolean;
  /** Whether it runs a program when it is installed, where the file says so. */
  readonly runsScript: boolean;
  /** Whether a system may do without it; such of other systems npm often locks without a digest. */
  readonly isOptional?: boolean;
}

/** One lockfile, or one list of requirements. */
export interface Lockfile {
  readonly file: string;
  readonly format: string;
  readonly ecosystem: Ecosystem;
  /** Whether its format has a digest for each package at all. */
  readonly hasDigests: boolean;
  readonly packages: readonly Locked[];
  /** Settings that take packages from elsewhere, or trust blindly: `--extra-index-url`, `--trusted-host`. */
  readonly settings: readonly { readonly value: string; readonly line: number }[];
}

/** Where a package comes from, by its URL. */
export function sourceOf(url: string): Pick<Locked, 'from' | 'source'> {
  const source = withoutCredentials(url).slice(0, 300);
  if (/^(?:file|link|portal|workspace):|^\.{0,2}\//.test(url)) return { from: 'folder', source };
  if (/^git(?:\+|:|@)|^(?:github|gitlab|bitbucket):|\.git(?:#|$)|^ssh:/.test(url)) return { from: 'git', source };
  // A registry has its archives under `/-/`, or those of its mirrors do.
  if (/^https?:\/\/[^/]+\/.*\/-\/|^https?:\/\/[^/]*(?:npm|registry)[^/]*\//.test(url))
    return { from: 'registry', source };
  return /^https?:/.test(url) ? { from: 'url', source } : { from: 'registry' };
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/\?[^#]*/, '');
}

/** Whether a reference to a repository names a commit. */
export function isCommit(url: string): boolean {
  return /(?:[#@=]|commit[=:])[0-9a-f]{40}(?:$|[&#])/.test(url);
}

/** The line of each key, where it stands on one of its own; the first of those that are called the same. */
export function linesOfKeys(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    const key = /^\s*"([^"\\]+)": \{/.exec(line)?.[1];
    if (key !== undefined && !found.has(key)) found.set(key, index + 1);
  }
  return found;
}

/** Tells the lines of places in a text, from 1; each place lies behind the one before. */
export function lineCounter(text: string): (index: number) => number {
  let [line, at] = [1, 0];
  return (index) => {
    for (let next = text.indexOf('\n', at); next !== -1 && next < index; next = text.indexOf('\n', at)) {
      line += 1;
      at = next + 1;
    }
    return line;
  };
}
