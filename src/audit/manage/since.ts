import { lstat, realpath } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import type { Finding } from '../model.ts';
import type { AuditReport } from '../run.ts';
import { markKnown } from './baseline.ts';
import { filtersOff, git } from './git.ts';

/** Lines that changed, from 1, both ends included. */
export type Changed = readonly (readonly [first: number, last: number])[];

/** What changed in a target since a commit. */
export interface Changes {
  /** The commit, in full. */
  readonly commit: string;
  /** The files that the commit has, by path relative to the target, with slashes; every other file is new. */
  readonly files: ReadonlyMap<string, Changed>;
}

/**
 * Asks git what changed in a file or folder since a commit, up to the working tree. Nothing that the repository names is
 * run, and what it says of its files does not hide a change.
 * @param ref A commit, by any name that git knows.
 * @throws TypeError when it is no repository of the user's own, or has no such commit.
 */
export async function readChanges(path: string, ref: string): Promise<Changes> {
  const root = await realpath(path).catch(() => path);
  const isFolder = (await lstat(root)).isDirectory();
  const folder = isFolder ? root : dirname(root);
  try {
    const top = (await git(folder, ['rev-parse', '--show-toplevel'])).toString('utf8').replace(/\n$/, '');
    const commit = await commitOf(folder, ref);
    const filters = await filtersOff(folder);
    const diff = await git(top, [...DIFF, commit, '--'], filters);
    const changed = parseDiff(diff.toString('utf8'));
    const tree = await git(top, ['ls-tree', '-r', '-z', '--full-tree', '--name-only', commit]);
    const names = tree.toString('utf8').split('\0');
    const all = new Map(names.map((name) => [name, changed.get(name) ?? []]));
    return { commit, files: under(all, relative(top, root).split(sep).join('/'), isFolder) };
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new TypeError(`git cannot tell what changed since ${ref}: ${why}`, { cause: error });
  }
}

const DIFF = [
  'diff',
  '--unified=0',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
  '--ignore-submodules=all',
  // Else a setting joins hunks, or an attribute calls a file binary, and its changes are not seen.
  '--inter-hunk-context=0',
  '--text',
  '--src-prefix=a/',
  '--dst-prefix=b/',
] as const;

async function commitOf(folder: string, ref: string): Promise<string> {
  const found = await git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]).catch(
    () => undefined,
  );
  const commit = found?.toString('utf8').trim() ?? '';
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) throw new Error('there is no such commit');
  return commit;
}

function under(all: ReadonlyMap<string, Changed>, base: string, isFolder: boolean): ReadonlyMap<string, Changed> {
  if (!isFolder) {
    const changed = all.get(base);
    return new Map(changed === undefined ? [] : [[base.slice(base.lastIndexOf('/') + 1), changed]]);
  }
  const prefix = base === '' ? '' : `${base}/`;
  return new Map(
    [...all].flatMap(([name, changed]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), changed] as const] : [],
    ),
  );
}

/** Reads the lines that a difference added, by file, as git writes it with no line around a change. */
export function parseDiff(text: string): ReadonlyMap<string, Changed> {
  const files = new Map<string, [number, number][]>();
  let ranges: [number, number][] | undefined;
  // Lines of a hunk are counted off, so that what a file holds is never read as the head of another.
  let left = 0;
  for (const line of text.split('\n')) {
    if (left > 0) {
      // A mark that says that a file ends without a line feed is none of them.
      if (!line.startsWith('\\')) left -= 1;
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      const [, removed = '1', first = '0', added = '1'] = hunk;
      left = Number(removed) + Number(added);
      // What only takes lines away changes what stands around it.
      const last = Math.max(Number(first), Number(first) + Number(added) - 1);
      ranges?.push([Math.max(1, Number(first)), Number(added) === 0 ? last + 1 : last]);
    } else if (line.startsWith('+++ ')) {
      const name = nameIn(line.slice(4));
      ranges = name === undefined ? undefined : [];
      if (name !== undefined && ranges !== undefined) files.set(name, ranges);
    }
  }
  return files;
}

/** The path behind `+++ `: git puts a tab behind one with spaces, and quotes one with other marks as C does. */
function nameIn(text: string): string | undefined {
  const quoted = /^"b\/(.*)"\t?$/.exec(text)?.[1];
  if (quoted !== undefined) return unquote(quoted);
  return text.startsWith('b/') ? text.slice(2).replace(/\t$/, '') : undefined;
}

const ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['"', 34],
  ['\\', 92],
]);

function unquote(text: string): string {
  const bytes = [...text.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)].flatMap(([, octal, mark, plain]) => {
    if (octal !== undefined) return [Number.parseInt(octal, 8)];
    if (mark !== undefined) return [ESCAPES.get(mark) ?? 63];
    return [...Buffer.from(plain ?? '')];
  });
  return Buffer.from(bytes).toString('utf8');
}

/** Marks the findings in lines that have not changed. Those of a running server are of no line, and stay. */
export function applyChanges(report: AuditReport, { files }: Changes): AuditReport {
  return markKnown(report, (finding) => (isChanged(finding, files) ? undefined : 'unchanged'));
}

function isChanged({ place }: Finding, files: Changes['files']): boolean {
  if (!('file' in place)) return true;
  const changed = files.get(place.file.split('\\').join('/'));
  return changed === undefined || changed.some(([first, last]) => first <= place.line && place.line <= last);
}
