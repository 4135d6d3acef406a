/** A version of npm, apart. */
interface Parts {
  readonly numbers: readonly number[];
  readonly before: readonly (number | string)[];
}

const FORM = /^[v=\s]*(\d{1,16})(?:\.(\d{1,16}))?(?:\.(\d{1,16}))?(?:-([0-9A-Za-z.-]{1,256}))?(?:\+[0-9A-Za-z.-]*)?$/;

function partsOf(version: string): Parts | undefined {
  const match = FORM.exec(version.trim());
  if (match === null) return undefined;
  const [, major, minor, patch, before] = match;
  return {
    numbers: [major, minor, patch].map((each) => Number(each ?? 0)),
    before: before === undefined ? [] : before.split('.').map((each) => (/^\d+$/.test(each) ? Number(each) : each)),
  };
}

/**
 * Orders two versions as Semantic Versioning 2.0.0, section 11 does: negative where the first is older.
 * @returns `undefined` where one of them is no such version.
 */
export function compareSemver(a: string, b: string): number | undefined {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one === undefined || other === undefined) return undefined;
  for (const [at, number] of one.numbers.entries()) {
    const difference = number - (other.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  // What has a name behind its numbers comes before what has none.
  if (one.before.length === 0 || other.before.length === 0) return other.before.length - one.before.length;
  for (let at = 0; at < Math.max(one.before.length, other.before.length); at++) {
    const difference = compareNames(one.before[at], other.before[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareNames(a: number | string | undefined, b: number | string | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
