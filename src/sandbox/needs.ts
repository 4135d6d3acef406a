/** Paths that are read to make sandboxes, for permission flags. INVARIANT: none of them leads to the rest of the system. */
export const SANDBOX_READS: readonly string[] = Object.freeze([
  '/dev/null',
  '/proc/self/fdinfo',
  '/proc/self/uid_map',
  ...['/usr/bin', '/bin', '/usr/local/bin'].flatMap((folder) =>
    ['bwrap', 'prlimit', 'cat'].map((name) => `${folder}/${name}`),
  ),
]);
