import { refuseUnknownOptions } from '../../options.ts';
import type { FilesLimits } from './budget.ts';
import { createDenied } from './denied-names.ts';
import type { PathRules } from './path.ts';

/** Bounds of one call, and names that it cannot reach. */
export interface FilesOptions {
  /** Most bytes of one file; 16 Mi when absent. */
  readonly maxFileBytes?: number;
  /** Most bytes that one call reads, and most that it writes; 64 Mi when absent. */
  readonly maxTotalBytes?: number;
  /** Most operations of one call; 1,000 when absent. */
  readonly maxOperations?: number;
  /** Most entries of one folder that is listed; 1,000 when absent. */
  readonly maxEntries?: number;
  /** Most names in a path; 16 when absent. */
  readonly maxDepth?: number;
  /** Names that cannot be reached, beside hidden ones and keys: globs of `*` and `?` over one name, whatever its case. */
  readonly deny?: readonly string[];
  /** Names that can be reached although they look like secrets: globs of the same form. */
  readonly allow?: readonly string[];
}

const OPTIONS = ['maxFileBytes', 'maxTotalBytes', 'maxOperations', 'maxEntries', 'maxDepth', 'deny', 'allow'];

/** Options in use. */
export interface Rules extends PathRules {
  readonly limits: FilesLimits;
}

/**
 * Validates and freezes.
 * @throws TypeError that names the option.
 */
export function readOptions(options: FilesOptions): Rules {
  refuseUnknownOptions('files()', options, OPTIONS);
  const { maxFileBytes = 16 * 1024 * 1024, maxTotalBytes = 64 * 1024 * 1024 } = options;
  const { maxOperations = 1_000, maxEntries = 1_000, maxDepth = 16 } = options;
  for (const [name, value, most] of [
    ['maxFileBytes', maxFileBytes, 1024 ** 3],
    ['maxTotalBytes', maxTotalBytes, 16 * 1024 ** 3],
    ['maxOperations', maxOperations, 1_000_000],
    ['maxEntries', maxEntries, 100_000],
    ['maxDepth', maxDepth, 64],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1 || value > most)
      throw new TypeError(`files(): "${name}" must be a whole number from 1 to ${most}.`);
  }
  return Object.freeze({
    maxDepth,
    denied: createDenied(readGlobs('deny', options.deny ?? []), readGlobs('allow', options.allow ?? [])),
    limits: Object.freeze({
      fileBytes: maxFileBytes,
      totalBytes: maxTotalBytes,
      operations: maxOperations,
      entries: maxEntries,
    }),
  });
}

function readGlobs(option: string, globs: readonly string[]): readonly string[] {
  if (!Array.isArray(globs) || !globs.every((glob) => typeof glob === 'string' && /^[^/\\]{1,255}$/.test(glob)))
    throw new TypeError(`files(): "${option}" is a list of globs over one name, such as "*.bak", without slashes.`);
  return [...globs];
}
