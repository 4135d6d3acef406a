/**
 * Refuses options that nobody reads, so a misspelt safeguard is not silently off.
 *
 * @throws TypeError that names the unknown option and the nearest valid one.
 */
export function knownOptions(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = known.toSorted((a, b) => distance(name, a) - distance(name, b))[0] ?? '';
    throw new TypeError(`${where}: unknown option "${name}"; did you mean "${nearest}"?`);
  }
}

/** Levenshtein distance; option names are short and come from the developer. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1]?.toLowerCase() === to[j - 1]?.toLowerCase() ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
