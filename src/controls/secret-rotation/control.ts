/** Whether secrets are read again while the server runs, and dropped when they cannot be. */
export function configure(weakened: ReadonlySet<string>): boolean {
  return !weakened.has('secret-rotation');
}
