/**
 * Paths that the host looks at to make sandboxes and to watch them, for permission flags. `/proc` leads to the rest of the
 * system; but only a host that may start programs makes sandboxes, and a program can read what it likes.
 */
export const SANDBOX_READS: readonly string[] = Object.freeze(['/dev/null']);

/** Beginnings of system paths that it looks at: where programs and libraries are. */
export const SANDBOX_BEGINNINGS: readonly string[] = Object.freeze([
  '/bin',
  '/sbin',
  '/lib',
  '/usr/bin/',
  '/usr/local/bin/',
]);

/** Paths that it writes: how urgent a sandbox is to the scheduler. */
export const SANDBOX_WRITES: readonly string[] = Object.freeze(['/proc']);
