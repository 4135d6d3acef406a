import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Chain, type LogFinding } from './chain.ts';
import { readIfThere } from './checkpoint-files.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { checkpointPath, historyPath, listHistory, listSegments, type Segment } from './layout.ts';
import { parseVerifier, type Verifier } from './note.ts';
import { scanLines, type Line } from './scan.ts';
import { createFrontier, type Frontier } from './tree.ts';

/** What a log is worth. */
export interface LogReport {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Records found. */
  readonly records: number;
  /** Records that the newest checkpoint signs; what comes after is held by the chain alone. */
  readonly signed: number;
  readonly newest: Checkpoint | undefined;
  /** Whether the last line is not complete: being written now, or left by a crash. */
  readonly unfinished: boolean;
  /** In the order in which they were found; at most 1,000. */
  readonly findings: readonly LogFinding[];
}

/** What else the log is held against. */
export interface VerifyOptions {
  /** Checkpoints (signed notes) that the verifier kept elsewhere: they show a log that was rolled back or rewritten. */
  readonly known?: readonly string[];
}

const MOST = 1000;

interface Named {
  readonly file: string;
  readonly checkpoint: Checkpoint;
}

interface Signed {
  readonly checkpoints: readonly Named[];
  readonly findings: readonly LogFinding[];
}

function readCheckpoints(directory: string, verifier: Verifier, known: readonly string[]): Signed {
  const findings: LogFinding[] = [];
  const checkpoints: Named[] = [];
  const take = (file: string, note: string, size?: number): void => {
    const checkpoint = openCheckpoint(note, verifier);
    if (checkpoint !== undefined && (size === undefined || checkpoint.size === size)) {
      checkpoints.push({ file, checkpoint });
      return;
    }
    const detail =
      checkpoint === undefined
        ? 'the signature is not that of this log'
        : 'the checkpoint is of another size than its name';
    findings.push({ kind: 'forged-checkpoint', file, line: 0, index: size ?? 0, detail });
  };
  const newest = readIfThere(checkpointPath(directory));
  if (newest !== undefined) take('checkpoint', newest);
  for (const size of listHistory(directory)) {
    const path = historyPath(directory, size);
    take(path.slice(directory.length + 1), readFileSync(path, 'utf8'), size);
  }
  for (const [at, note] of known.entries()) take(`known checkpoint ${at + 1}`, note);
  if (checkpoints.length === 0) {
    findings.push({
      kind: 'no-checkpoint',
      file: 'checkpoint',
      line: 0,
      index: 0,
      detail: 'nothing signs the records',
    });
  }
  return { checkpoints: checkpoints.sort((a, b) => a.checkpoint.size - b.checkpoint.size), findings };
}

/** Holds the tree of the records as they stand against each checkpoint. */
class Roots {
  readonly #checkpoints: readonly Named[];
  #at = 0;
  #agreed = 0;
  #agreedOnce = false;
  #disagreed: (Named & { readonly from: number; readonly line: number; readonly segment: string })[] = [];
  readonly findings: LogFinding[] = [];

  constructor(checkpoints: readonly Named[]) {
    this.#checkpoints = checkpoints;
  }

  /** Compares at the present size. `explained`: the chain has shown already why a root must differ. */
  compare(frontier: Frontier, segment: string, line: number, explained: boolean): void {
    for (
      let next = this.#checkpoints[this.#at];
      next?.checkpoint.size === frontier.size;
      next = this.#checkpoints[++this.#at]
    ) {
      if (frontier.root().equals(next.checkpoint.root)) {
        this.#contradicted(next.checkpoint.size);
        this.#agreed = frontier.size;
        this.#agreedOnce = true;
      } else if (!explained) {
        this.#disagreed.push({ ...next, from: this.#agreed, line, segment });
        if (this.#agreedOnce && this.#agreed === frontier.size) this.#contradicted(frontier.size);
      }
    }
  }

  /** A checkpoint as large or larger agrees with the records: those that do not were signed over other records. */
  #contradicted(size: number): void {
    for (const { file, checkpoint } of this.#disagreed) {
      const detail = `no log has both this checkpoint of size ${checkpoint.size} and the other of size ${size}`;
      this.findings.push({ kind: 'inconsistent-checkpoint', file, line: 0, index: checkpoint.size, detail });
    }
    this.#disagreed = [];
  }

  finish(): void {
    const [first] = this.#disagreed;
    if (first === undefined) return;
    const through = first.checkpoint.size - 1;
    const detail = `the records are not those that ${first.file} signs, yet their chain is whole: record ${through} was changed alone, or all from ${first.from} on were rewritten`;
    this.findings.push({ kind: 'altered', file: first.segment, line: first.line, index: first.from, through, detail });
  }
}

class Walk {
  readonly chain = new Chain();
  readonly frontier: Frontier = createFrontier();
  readonly roots: Roots;
  readonly #signed: number;
  unfinished = false;
  file = 'no segment';
  line = 0;

  constructor(checkpoints: readonly Named[]) {
    this.roots = new Roots(checkpoints);
    this.#signed = checkpoints.at(-1)?.checkpoint.size ?? 0;
    this.roots.compare(this.frontier, this.file, 0, false);
  }

  segment(segment: Segment, last: boolean): void {
    for (const line of scanLines(segment.path)) {
      if (!line.complete && last && this.frontier.size >= this.#signed) this.unfinished = true;
      else this.#step(segment, line);
    }
  }

  #step(segment: Segment, line: Line): void {
    this.file = segment.name;
    this.line = line.number;
    this.chain.step(segment.name, line);
    this.frontier.add(line.leaf);
    this.roots.compare(this.frontier, segment.name, line.number, this.chain.findings.length > 0 || this.chain.gaps);
  }

  finish(): LogFinding[] {
    this.chain.finish();
    this.roots.finish();
    const found = [...this.chain.findings, ...this.roots.findings];
    if (this.chain.next < this.#signed) {
      const detail = `the log ends here, and a checkpoint signs ${this.#signed} records`;
      const through = this.#signed - 1;
      found.push({ kind: 'truncated', file: this.file, line: this.line, index: this.chain.next, through, detail });
    }
    return found;
  }
}

/**
 * Checks a whole log with nothing but its public key: every record's place in the chain, the tree at every checkpoint,
 * every signature. Finds records altered, dropped, inserted, moved or cut off, and checkpoints forged or contradictory,
 * and says where. A log that was rolled back to an earlier whole state shows only against `known` checkpoints.
 *
 * @throws TypeError when the verifier key is malformed.
 * @throws Error of the file system.
 */
export async function verifyLog(
  directory: string,
  verifierKey: string,
  options: VerifyOptions = {},
): Promise<LogReport> {
  const root = join(directory);
  const { checkpoints, findings } = readCheckpoints(root, parseVerifier(verifierKey), options.known ?? []);
  const walk = new Walk(checkpoints);
  const segments = listSegments(root);
  for (const segment of segments) {
    walk.segment(segment, segment === segments.at(-1));
    await turn();
  }
  const all = [...walk.finish(), ...findings];
  const newest = checkpoints.at(-1)?.checkpoint;
  return {
    ok: all.length === 0,
    records: walk.frontier.size,
    signed: newest?.size ?? 0,
    newest,
    unfinished: walk.unfinished,
    findings: all.slice(0, MOST),
  };
}

/**
 * Leaf hashes of the first `size` records, for inclusion and consistency proofs.
 *
 * @throws RangeError when the log has fewer.
 */
export function readLeaves(directory: string, size: number): Buffer[] {
  const leaves: Buffer[] = [];
  for (const segment of listSegments(directory)) {
    for (const line of scanLines(segment.path)) {
      if (leaves.length === size) return leaves;
      if (line.complete) leaves.push(Buffer.from(line.leaf, 'base64url'));
    }
  }
  if (leaves.length < size) throw new RangeError(`the log has ${leaves.length} records, not ${size}`);
  return leaves;
}
