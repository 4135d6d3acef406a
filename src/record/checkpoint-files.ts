import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { checkpointPath, frontierPath, historyPath, listHistory, syncDirectory } from './layout.ts';
import type { Verifier } from './note.ts';
import { createFrontier, NODE_BYTES, type Frontier } from './tree.ts';

async function writeAtomic(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  {
    await using file = await open(temporary, 'w', 0o600);
    await file.writeFile(text);
    await file.datasync();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** What is kept of a checkpoint beside the newest one. */
export interface Keep {
  readonly history: boolean;
  /** Subtree roots at the checkpoint, kept where a segment begins. */
  readonly nodes?: readonly Buffer[];
}

/** Stores a checkpoint: each file appears whole or not at all. */
export async function storeCheckpoint(directory: string, checkpoint: Checkpoint, keep: Keep): Promise<void> {
  if (keep.nodes !== undefined) {
    await writeAtomic(
      frontierPath(directory, checkpoint.size),
      keep.nodes.map((node) => `${node.toString('base64')}\n`).join(''),
    );
  }
  if (keep.history) await writeAtomic(historyPath(directory, checkpoint.size), checkpoint.note);
  await writeAtomic(checkpointPath(directory), checkpoint.note);
}

/** Reads a file, or gives undefined when it is not there. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The largest of the newest checkpoint and of those kept, or undefined when there is none at all.
 *
 * @throws Error that names the file when one of the two is not signed by this key.
 */
export function newestCheckpoint(directory: string, verifier: Verifier): Checkpoint | undefined {
  const last = listHistory(directory).at(-1);
  const paths = [checkpointPath(directory), ...(last === undefined ? [] : [historyPath(directory, last)])];
  let newest: Checkpoint | undefined;
  for (const path of paths) {
    const note = readIfThere(path);
    if (note === undefined) continue;
    const checkpoint = openCheckpoint(note, verifier);
    if (checkpoint === undefined) {
      throw new Error(`${path} is not signed by this log's key: it is forged, or the key is not the one of this log`);
    }
    if (newest === undefined || checkpoint.size > newest.size) newest = checkpoint;
  }
  return newest;
}

/** The frontier at the first record of a segment, or undefined when it was not kept or does not fit its checkpoint. */
export function readFrontier(directory: string, size: number, verifier: Verifier): Frontier | undefined {
  const note = readIfThere(historyPath(directory, size));
  const kept = readIfThere(frontierPath(directory, size));
  const checkpoint = note === undefined ? undefined : openCheckpoint(note, verifier);
  if (kept === undefined || checkpoint === undefined || checkpoint.size !== size) return undefined;
  const nodes = kept
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line, 'base64'));
  const ones = size.toString(2).replaceAll('0', '').length;
  if (nodes.length !== ones || nodes.some((node) => node.length !== NODE_BYTES)) return undefined;
  const frontier = createFrontier(size, nodes);
  return frontier.root().equals(checkpoint.root) ? frontier : undefined;
}
