import { placeOf, type Line } from './scan.ts';
import { EMPTY_TREE, leafHash } from './tree.ts';

/** What was found wrong with a log. */
export type FindingKind =
  | 'altered'
  | 'dropped'
  | 'inserted'
  | 'reordered'
  | 'truncated'
  | 'forged-checkpoint'
  | 'inconsistent-checkpoint'
  | 'no-checkpoint';

/** One thing wrong with a log, and where. */
export interface LogFinding {
  readonly kind: FindingKind;
  /** File name, relative to the log's directory. */
  readonly file: string;
  /** One-based line of the file; 0 when the file as a whole is meant. */
  readonly line: number;
  /** Zero-based index of the first record concerned. */
  readonly index: number;
  /** Index of the last record concerned, when it is not one alone. */
  readonly through?: number;
  readonly detail: string;
}

interface Seen {
  readonly leaf: string;
  readonly file: string;
  readonly line: number;
}

interface Suspect {
  readonly index: number;
  readonly text: string;
  readonly claimed: string;
  readonly actual: string;
  readonly finding: LogFinding;
}

/** Records kept in mind to compare with their successors. */
const REMEMBERED = 64;

/**
 * Follows the chain of records: each names its index and the leaf hash of the one before. A record that was changed is
 * betrayed by its successor, one that was removed by a gap, one that was moved by filling a gap late.
 */
export class Chain {
  /** The index after the highest seen. */
  next = 0;
  readonly findings: LogFinding[] = [];
  #seen = new Map<number, Seen[]>();
  #missing: { from: number; through: number; file: string; line: number }[] = [];
  #suspect: Suspect | undefined;
  readonly #accused = new Set<number>();

  /** Whether records are missing so far. */
  get gaps(): boolean {
    return this.#missing.length > 0;
  }

  /** Takes the next line of the log. */
  step(file: string, line: Line): void {
    const place = line.complete ? placeOf(line.bytes) : undefined;
    const here: Seen = { leaf: line.leaf, file, line: line.number };
    if (place === undefined) {
      this.#altered(this.next, here, 'the line is not a record');
      this.#remember(this.next++, here);
      return;
    }
    const follows = this.#before(this.next)?.some((seen) => seen.leaf === place.prev) === true;
    if (place.index === this.next) {
      this.#succeed(place.index, place.prev, here, line);
    } else if (follows) {
      // It follows the record before, so it is in its place and only its number was changed.
      this.#altered(this.next, here, `the record says that it is number ${place.index}`);
      this.#remember(this.next++, here);
    } else if (place.index > this.next) {
      this.#missing.push({ from: this.next, through: place.index - 1, file, line: line.number });
      this.#remember(place.index, here);
      this.next = place.index + 1;
    } else {
      this.#late(place.index, here);
    }
  }

  /** Call after the last line: what never came was dropped. */
  finish(): void {
    for (const { from, through, file, line } of this.#missing) {
      const detail = `${through - from + 1} records are missing before this line`;
      this.findings.push({ kind: 'dropped', file, line, index: from, through, detail });
    }
    for (const [index, seen] of this.#seen) if (index === this.next - 1) this.#extra(index, seen.slice(1));
  }

  #succeed(index: number, prev: string, here: Seen, line: Line): void {
    const before = this.#before(index);
    if (before !== undefined) {
      const genuine = before.find((seen) => seen.leaf === prev);
      if (genuine === undefined) this.#broken(index, prev, before, line);
      else
        this.#extra(
          index - 1,
          before.filter((seen) => seen !== genuine),
        );
    }
    this.#remember(index, here);
    this.next = index + 1;
  }

  /** The record before is not what this one names. Either it was changed, or what this one says of it was. */
  #broken(index: number, prev: string, before: readonly Seen[], line: Line): void {
    const suspect = this.#suspect;
    if (suspect !== undefined && suspect.index === index - 1) {
      const restored = suspect.text.replace(suspect.claimed, suspect.actual);
      // With its true predecessor it hashes to what is named here: its `prev` alone was changed.
      if (leafHash(Buffer.from(restored, 'latin1')).toString('base64url') === prev) this.#retract(suspect.finding);
    }
    const [last] = before;
    if (last === undefined) return;
    const finding = this.#altered(index - 1, last, 'the record is not the one that its successor names');
    this.#suspect =
      finding === undefined
        ? undefined
        : { index, text: line.bytes.toString('latin1'), claimed: prev, actual: last.leaf, finding };
  }

  #late(index: number, here: Seen): void {
    const gap = this.#missing.find(({ from, through }) => index >= from && index <= through);
    if (gap !== undefined) {
      this.#missing = this.#missing.flatMap((range) => (range === gap ? without(range, index) : [range]));
      const detail = 'the record stands after records that came later';
      this.findings.push({ kind: 'reordered', file: here.file, line: here.line, index, detail });
    } else if (index === this.next - 1) {
      // Which of the two is genuine is for the next record to say.
      this.#seen.get(index)?.push(here);
    } else {
      this.#extra(index, [here]);
    }
  }

  #extra(index: number, extras: readonly Seen[]): void {
    for (const { file, line } of extras) {
      this.findings.push({ kind: 'inserted', file, line, index, detail: 'a second record claims this number' });
    }
  }

  #altered(index: number, { file, line }: Seen, detail: string): LogFinding | undefined {
    if (this.#accused.has(index)) return undefined;
    this.#accused.add(index);
    const finding: LogFinding = { kind: 'altered', file, line, index, detail };
    this.findings.push(finding);
    return finding;
  }

  #retract(finding: LogFinding): void {
    this.findings.splice(this.findings.lastIndexOf(finding), 1);
    this.#accused.delete(finding.index);
  }

  #before(index: number): readonly Seen[] | undefined {
    return index === 0 ? [{ leaf: EMPTY_TREE, file: 'the beginning', line: 0 }] : this.#seen.get(index - 1);
  }

  #remember(index: number, here: Seen): void {
    this.#seen.set(index, [here]);
    this.#seen.delete(index - REMEMBERED);
  }
}

function without<Range extends { readonly from: number; readonly through: number }>(
  range: Range,
  index: number,
): Range[] {
  return [
    ...(index > range.from ? [{ ...range, through: index - 1 }] : []),
    ...(index < range.through ? [{ ...range, from: index + 1 }] : []),
  ];
}
