import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PolicyError } from './problem.ts';

/** One file of policies. */
export interface PolicyFile {
  /** Its name in the folder. */
  readonly name: string;
  readonly text: string;
}

const MOST_FILES = 256;
const MOST_BYTES = 1024 * 1024;

/**
 * Reads every `*.cedar` file of a folder, in order of their names.
 * @throws PolicyError when a file cannot be used; TypeError when there is no such folder, or nothing in it.
 */
export async function readPolicyFiles(directory: string): Promise<readonly PolicyFile[]> {
  const found = await readdir(directory).catch((error: unknown) => {
    throw new TypeError(`policy.directory: ${directory} cannot be read. Check the path and its rights.`, {
      cause: error,
    });
  });
  const names = found.filter((name) => name.endsWith('.cedar') && !name.startsWith('.')).toSorted();
  // An empty folder is a mount that failed, or a path that is not the one that was meant.
  if (names.length === 0) throw new TypeError(`policy.directory: ${directory} has no *.cedar file.`);
  if (names.length > MOST_FILES) throw new TypeError(`policy.directory: more than ${MOST_FILES} files. Join some.`);
  return Promise.all(names.map((name) => readOne(directory, name)));
}

async function readOne(directory: string, name: string): Promise<PolicyFile> {
  const refuse = (message: string): never => {
    throw new PolicyError([{ file: name, line: 1, column: 1, message }]);
  };
  const path = join(directory, name);
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true) return refuse('this is not a file that can be read.');
  if (facts.size > MOST_BYTES) return refuse(`the file is larger than ${MOST_BYTES} bytes.`);
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
  } catch {
    return refuse('this is not UTF-8 text that can be read.');
  }
}
