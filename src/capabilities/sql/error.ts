/** Why a statement failed. */
export type SqlReason =
  | 'constraint'
  | 'busy'
  | 'denied'
  | 'full'
  | 'too-large'
  | 'timeout'
  | 'cancelled'
  | 'closed'
  | 'unreachable'
  | 'failed';

const SENTENCES: Readonly<Record<SqlReason, string>> = {
  constraint: 'The data does not meet a constraint of the database.',
  busy: 'The database is busy.',
  denied: 'The statement is not allowed here.',
  full: 'The database is full.',
  'too-large': 'The query gives more than its limit. Narrow it, or add a limit.',
  timeout: 'The query takes longer than its limit. Narrow it.',
  cancelled: 'The query was cancelled.',
  closed: 'The database is closed.',
  unreachable: 'The database cannot be reached.',
  failed: 'The query failed.',
};

/** A statement that failed. Neither SQL nor data is in it; the detail is in the operator's log. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly reason: SqlReason;

  constructor(reason: SqlReason) {
    super(SENTENCES[reason]);
    this.reason = reason;
  }
}

// Primary result codes, https://www.sqlite.org/rescode.html
const REASONS: ReadonlyMap<number, SqlReason> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [8, 'denied'],
  [13, 'full'],
  [18, 'too-large'],
  [19, 'constraint'],
  [23, 'denied'],
]);

/** What an error of `node:sqlite` means. */
export function reasonOf(error: unknown): SqlReason {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? (REASONS.get(code & 0xff) ?? 'failed') : 'failed';
}
