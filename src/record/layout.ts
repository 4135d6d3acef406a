import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of records. Its name carries the index of its first record. */
export interface Segment {
  readonly name: string;
  readonly path: string;
  /** Zero-based index of the first record. */
  readonly first: number;
}

const SEGMENT = /^segment-([0-9]{12,16})\.jsonl$/;
const NUMBER = /^[0-9]{12,16}$/;

const padded = (value: number): string => String(value).padStart(12, '0');

/** The newest checkpoint. */
export function checkpointPath(directory: string): string {
  return join(directory, 'checkpoint');
}

/** Where the checkpoint of a size is kept. */
export function historyPath(directory: string, size: number): string {
  return join(directory, 'checkpoints', padded(size));
}

/** Where the subtree roots at a segment's first record are kept, so that opening need not hash what came before. */
export function frontierPath(directory: string, size: number): string {
  return `${historyPath(directory, size)}.frontier`;
}

/** The segment that begins at a record. */
export function segmentAt(directory: string, first: number): Segment {
  const name = `segment-${padded(first)}.jsonl`;
  return { name, path: join(directory, name), first };
}

/** The segments of a log, oldest first. */
export function listSegments(directory: string): Segment[] {
  return readdirSync(directory)
    .flatMap((name) => {
      const first = SEGMENT.exec(name)?.[1];
      return first === undefined ? [] : [{ name, path: join(directory, name), first: Number(first) }];
    })
    .sort((a, b) => a.first - b.first);
}

/** Sizes of which a checkpoint is kept, smallest first: none where the folder was taken away. */
export function listHistory(directory: string): number[] {
  const folder = join(directory, 'checkpoints');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => NUMBER.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Makes new and renamed files of a directory durable. Windows cannot and need not. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  // By a handle, as Node refuses fsync of a number under permission flags.
  await using folder = await open(directory, 'r');
  await folder.sync();
}
