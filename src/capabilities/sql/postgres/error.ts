import { SqlError, type SqlReason } from '../error.ts';

// https://www.postgresql.org/docs/15/errcodes-appendix.html
const REASONS: readonly (readonly [string, SqlReason])[] = [
  ['25006', 'denied'],
  ['42501', 'denied'],
  ['57014', 'timeout'],
  ['25P03', 'timeout'],
  ['55P03', 'busy'],
  ['53100', 'full'],
  ['53300', 'busy'],
  ['40', 'busy'],
  ['23', 'constraint'],
  ['08', 'unreachable'],
  ['57P', 'unreachable'],
  ['28', 'unreachable'],
];

/** What an error of the driver means. */
export function toSqlError(error: unknown): SqlError | TypeError {
  if (error instanceof SqlError || error instanceof TypeError) return error;
  const code = codeOf(error);
  if (code === undefined || /^E[A-Z]+$/.test(code)) return new SqlError('unreachable');
  return new SqlError(REASONS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'failed');
}

/** The SQLSTATE of an error, or the code of the system's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
