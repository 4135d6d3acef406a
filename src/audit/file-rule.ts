import type { At, FilesSubject } from './gather/parts.ts';
import type { AuditRule, Hit, Judgement, Place, RuleMeta } from './model.ts';

/** A rule about files: what it looks at is a list, and what it sees of each is pure. */
export interface FileRule<T> extends AuditRule<FilesSubject, readonly T[]> {
  gather(subject: FilesSubject): readonly T[] | undefined;
  judge(gathered: readonly T[]): Judgement;
}

/**
 * Makes a rule about files.
 * @param pick What it looks at; where there is none, the rule is about nothing here.
 * @param hitsOf What is wrong with one of them, or with it among the others.
 */
export function fileRule<T>(
  meta: RuleMeta,
  pick: (subject: FilesSubject) => readonly T[],
  hitsOf: (each: T, all: readonly T[]) => readonly Hit[],
): FileRule<T> {
  return {
    kind: 'files',
    meta,
    gather(subject) {
      const found = pick(subject);
      return found.length === 0 ? undefined : found;
    },
    judge(gathered) {
      const hits = gathered.flatMap((each) => hitsOf(each, gathered));
      if (hits.length === 0) return { status: 'pass', why: `${meta.title}: ${gathered.length} looked at`, hits };
      return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    },
  };
}

/** Where a value stands. */
export function placeIn(file: string, { line, column }: Pick<At<unknown>, 'line' | 'column'>): Place {
  return { file, line, column };
}
