import type { AuditRule, Hit, Judgement, RuleMeta } from '../model.ts';
import type { Part } from '../run.ts';
import type { ArchiveFault } from './archive.ts';
import type { Contents } from './contents.ts';
import type { PublishedFacts } from './registry.ts';

/** One published package, as it was fetched and unpacked. */
export interface PackageSubject extends Pick<Part, 'files' | 'unread'> {
  /** As it was named. */
  readonly spec: string;
  readonly faults: readonly ArchiveFault[];
  /** Absent where its manifest cannot be read. */
  readonly contents?: Contents;
  /** Absent for an archive that no registry was asked about. */
  readonly facts?: PublishedFacts;
  /** The digest of what was fetched, in the form of the one that the registry has. */
  readonly integrity?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a rule was made of, or why there is nothing. */
export type Known<T extends object> = { readonly known: T } | { readonly unknown: string };

/** A rule about a package; what it needs may be unknown, and then so is what it says. */
export interface PackageRule<T extends object> extends AuditRule<PackageSubject, Known<T>> {
  gather(subject: PackageSubject): Known<T>;
  judge(gathered: Known<T>): Judgement;
}

/**
 * Makes a rule about a package.
 * @param pick What it needs of it; a text says why that is not to be had.
 * @param hitsOf What is wrong with that.
 */
export function packageRule<T extends object>(
  meta: RuleMeta,
  pick: (subject: PackageSubject) => T | string,
  hitsOf: (picked: T) => readonly Hit[],
): PackageRule<T> {
  return {
    kind: 'package',
    meta,
    gather(subject) {
      const picked = pick(subject);
      return typeof picked === 'string' ? { unknown: picked } : { known: picked };
    },
    judge(gathered) {
      if ('unknown' in gathered) return { status: 'unknown', why: gathered.unknown, hits: [] };
      const hits = hitsOf(gathered.known);
      if (hits.length === 0) return { status: 'pass', why: meta.title, hits };
      return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    },
  };
}

/** What lies in the package, or why that is unknown. */
export function contentsOf({ contents }: PackageSubject): Contents | string {
  return contents ?? 'its package.json cannot be read';
}

/** What its registry says, or why that is unknown. */
export function factsOf({ facts }: PackageSubject): PublishedFacts | string {
  return facts ?? 'it is an archive, and no registry was asked about it';
}

/** The manifest of the package as a place. */
export const MANIFEST: { readonly file: string; readonly line: number; readonly column: number } = Object.freeze({
  file: 'package.json',
  line: 1,
  column: 1,
});
