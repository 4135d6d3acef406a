import { PublicError } from '../../errors.ts';

/** Why an operation on files failed. */
export type FilesReason =
  | 'refused'
  | 'missing'
  | 'exists'
  | 'not-a-file'
  | 'not-a-folder'
  | 'not-empty'
  | 'not-text'
  | 'too-large'
  | 'too-many'
  | 'full'
  | 'busy'
  | 'ended'
  | 'failed';

const SENTENCES: Readonly<Record<FilesReason, string>> = {
  refused: 'That path is not allowed. Give a plain path under the folder, such as reports/may.txt.',
  missing: 'There is no such file or folder.',
  exists: 'There is something of that name already.',
  'not-a-file': 'That is not a file.',
  'not-a-folder': 'That is not a folder.',
  'not-empty': 'The folder is not empty.',
  'not-text': 'The file is not UTF-8 text.',
  'too-large': 'That is larger than this tool may read or write.',
  'too-many': 'That is more than this tool may do in one call.',
  full: 'There is no space left.',
  busy: 'Too many files are open. Try again later.',
  ended: 'The call is over.',
  failed: 'The file operation failed.',
};

/**
 * A file operation that failed. Its sentence may be shown to a caller: no path of the machine is in it. `detail` is for
 * the operator's log.
 */
export class FilesError extends PublicError {
  readonly reason: FilesReason;
  readonly #detail: string;

  constructor(reason: FilesReason, detail = '') {
    super(SENTENCES[reason]);
    this.reason = reason;
    this.#detail = detail;
  }

  /** What an operator should know. INVARIANT: not a property, so that nothing serialises it. */
  static detailOf(error: FilesError): string {
    return error.#detail;
  }
}

/** The failure of the host as it was, for a handler in a sandbox: only its fields come over. */
export function revive(error: unknown): unknown {
  if (!(error instanceof Error && 'reason' in error)) return error;
  const { reason } = error;
  return isReason(reason) ? new FilesError(reason) : error;
}

function isReason(reason: unknown): reason is FilesReason {
  return typeof reason === 'string' && Object.hasOwn(SENTENCES, reason);
}

const REASONS: ReadonlyMap<unknown, FilesReason> = new Map<unknown, FilesReason>([
  ['ENOENT', 'missing'],
  ['ENOTDIR', 'refused'],
  ['ELOOP', 'refused'],
  ['EACCES', 'refused'],
  ['EPERM', 'refused'],
  ['EROFS', 'refused'],
  ['ENXIO', 'refused'],
  ['ENAMETOOLONG', 'refused'],
  ['ERR_ACCESS_DENIED', 'refused'],
  ['EEXIST', 'exists'],
  ['EISDIR', 'not-a-file'],
  ['ENOTEMPTY', 'not-empty'],
  ['EFBIG', 'too-large'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EMFILE', 'busy'],
  ['ENFILE', 'busy'],
]);

/** What a failure of the file system is to a handler. */
export function toFilesError(error: unknown): FilesError {
  if (error instanceof FilesError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return new FilesError(REASONS.get(code) ?? 'failed', typeof code === 'string' ? code : 'unknown');
}
