const SHORTEST = 5;
const LONG = 12;

/**
 * Whether two names are one slip apart, or two where they have twelve letters or more: a letter more, less or other, or two that changed places. Names
 * of less than five letters are not, nor those that differ in a number at the end, which people tell apart on purpose.
 */
export function isNear(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  const shortest = Math.min(one.length, other.length);
  if (one === other || shortest < SHORTEST) return one === other;
  const stem = (name: string): string => name.replace(/\d+$/, '');
  if (stem(one) === stem(other)) return false;
  return slips(one, other) <= (shortest < LONG ? 1 : 2);
}

/** Optimal string alignment distance. */
function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let before: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let at = 1; at <= b.length; at++) {
      const isSame = a[row - 1] === b[at - 1];
      let best = Math.min((above[at] ?? 0) + 1, (line[at - 1] ?? 0) + 1, (above[at - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      if (isSwapped) best = Math.min(best, (before[at - 2] ?? 0) + 1);
      line.push(best);
    }
    [before, above] = [above, line];
  }
  return above[b.length] ?? 0;
}
