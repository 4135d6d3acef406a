import type { Finding, Fix } from './model.ts';

const CONTEXT = 3;

interface Change {
  readonly line: number;
  readonly column: number;
  readonly fix: Fix;
}

/**
 * What of the findings can be mended by itself, as a unified diff that `git apply` and `patch -p1` take.
 * @param read Gives a file of the target by its path in a finding, or `undefined` where it cannot be read.
 */
export async function patchOf(
  findings: readonly Finding[],
  read: (file: string) => Promise<string | undefined>,
): Promise<string> {
  const changes = new Map<string, Change[]>();
  for (const { place, fix } of findings) {
    if (fix === undefined || !('file' in place)) continue;
    const { file, line, column } = place;
    changes.set(file, [...(changes.get(file) ?? []), { line, column, fix }]);
  }
  const parts: string[] = [];
  for (const [file, some] of [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // A name that would end its line early, or that has to be quoted, is left to a person.
    const text = /^[\w@+.,/ -]+$/.test(file) ? await read(file) : undefined;
    if (text !== undefined) parts.push(diffOf(file, text, some));
  }
  return parts.join('');
}

function diffOf(file: string, text: string, changes: readonly Change[]): string {
  const before = text.split('\n');
  const after = [...before];
  // From the end of a line, so that what stands before keeps its column.
  for (const { line, column, fix } of changes.toSorted((a, b) => b.line - a.line || b.column - a.column)) {
    const old = after[line - 1];
    if (old?.startsWith(fix.replace, column - 1) !== true) continue;
    after[line - 1] = `${old.slice(0, column - 1)}${fix.by}${old.slice(column - 1 + fix.replace.length)}`;
  }
  const changed = before.flatMap((line, index) => (line === after[index] ? [] : [index]));
  if (changed.length === 0) return '';
  const hunks = hunksOf(changed, lengthOf(before)).map(([from, to]) => hunkOf(before, after, from, to));
  return `--- a/${file}\n+++ b/${file}\n${hunks.join('')}`;
}

/** Without the empty piece behind the last line feed. */
function lengthOf(lines: readonly string[]): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

/** First line and the one behind the last of each hunk, from 0; those that would touch are one. */
function hunksOf(changed: readonly number[], length: number): readonly (readonly [number, number])[] {
  const hunks: [number, number][] = [];
  for (const at of changed) {
    const from = Math.max(0, at - CONTEXT);
    const to = Math.min(length, at + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function hunkOf(before: readonly string[], after: readonly string[], from: number, to: number): string {
  const lines: string[] = [`@@ -${from + 1},${to - from} +${from + 1},${to - from} @@`];
  for (let at = from; at < to; at++) {
    const end = at === before.length - 1 ? '\n\\ No newline at end of file' : '';
    if (before[at] === after[at]) lines.push(` ${before[at] ?? ''}${end}`);
    else lines.push(`-${before[at] ?? ''}${end}`, `+${after[at] ?? ''}${end}`);
  }
  return `${lines.join('\n')}\n`;
}
