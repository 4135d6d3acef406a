import { constants } from 'node:sqlite';

const READS: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);

const WRITES: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
]);

/** Functions that reach out of the database, or that hold pointers. */
const REFUSED: ReadonlySet<string> = new Set(['load_extension', 'readfile', 'writefile', 'edit', 'fts3_tokenizer']);

/** What `setAuthorizer` calls for each step of a statement when it is prepared (sqlite.org/c3ref/set_authorizer). */
export type Authorizer = (action: number, first: string | null, second: string | null) => number;

/**
 * Makes the authorizer of a connection: reading, and on request changing rows. Everything else is denied: definitions,
 * ATTACH, PRAGMA, VACUUM, transactions by hand, extensions, and the schema tables.
 */
export function createAuthorizer(access: 'read' | 'write'): Authorizer {
  return (action, first, second) => {
    const allowed = READS.has(action) || (access === 'write' && WRITES.has(action));
    // Full-text tables ask for it by themselves.
    const version = action === constants.SQLITE_PRAGMA && first === 'data_version' && second === null;
    if (!allowed && !version) return constants.SQLITE_DENY;
    if (action === constants.SQLITE_FUNCTION) {
      return REFUSED.has(String(second).toLowerCase()) ? constants.SQLITE_DENY : constants.SQLITE_OK;
    }
    const internal = first !== null && /^(?:sqlite|pragma)_/i.test(first);
    return internal ? constants.SQLITE_DENY : constants.SQLITE_OK;
  };
}
