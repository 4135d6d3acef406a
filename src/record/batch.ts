import { hash } from 'node:crypto';

/** Records in their place, ready to be written. */
export interface Batch {
  /** Holds the lines from `offset`, each with its newline; overwritten by the next batch. */
  readonly data: Buffer;
  readonly offset: number;
  readonly length: number;
  /** Leaf hashes in order, base64url. */
  readonly leaves: readonly string[];
}

/** Gives each body its place and hashes the lines. Bodies are printable ASCII. */
export type FillBatch = (bodies: readonly string[], first: number, prev: string) => Batch;

/** Kept between batches; a larger batch gets a buffer of its own. */
const KEPT = 131_072;

/** Makes the one that fills batches for a log. */
export function createBatcher(): FillBatch {
  const kept = Buffer.allocUnsafeSlow(KEPT);
  return (bodies, first, prev) => {
    const leaves: string[] = [];
    const starts: number[] = [];
    let text = '';
    let last = prev;
    let index = first;
    for (const body of bodies) {
      // The 0x00 of the leaf hash stands where the newline of the line before will be: one text serves both.
      const leaf = `\0{"index":${index++},"prev":"${last}",${body}`;
      last = hash('sha256', leaf, 'base64url');
      leaves.push(last);
      starts.push(text.length);
      text += leaf;
    }
    const size = text.length + 1;
    const data = size > KEPT ? Buffer.allocUnsafeSlow(size) : kept;
    data.write(text, 0, 'latin1');
    for (const start of starts) data[start] = 10;
    data[size - 1] = 10;
    return { data, offset: 1, length: size - 1, leaves };
  };
}
