import type { Ecosystem } from '../gather/dependencies/locked.ts';
import type { OsvRecord, RangeEvent } from '../gather/osv.ts';
import { comparePep440 } from './pep440.ts';
import { compareSemver } from './semver.ts';

type Compare = (a: string, b: string) => number | undefined;
const ORDERS: Readonly<Record<Ecosystem, Compare>> = { npm: compareSemver, PyPI: comparePep440 };

/**
 * Whether a version is among those that a record is about (OSV schema, "Evaluation").
 * @returns `undefined` where the version cannot be put in order with those of the record.
 */
export function isAffected(
  ecosystem: Ecosystem,
  version: string,
  { versions, ranges }: OsvRecord['affected'][number],
): boolean | undefined {
  const compare = ORDERS[ecosystem];
  if (versions.includes(version) || versions.some((each) => compare(each, version) === 0)) return true;
  const told = ranges.map((events) => isWithin(version, events, compare));
  if (told.includes(true)) return true;
  return told.includes(undefined) ? undefined : false;
}

/** An event at or before the version decides, and of several the last. */
function isWithin(version: string, events: readonly RangeEvent[], compare: Compare): boolean | undefined {
  const order = (a: string, b: string): number | undefined => {
    if (a === b) return 0;
    // "0" stands for what is before any version.
    if (a === '0') return -1;
    return b === '0' ? 1 : compare(a, b);
  };
  let isIn = false;
  let isUnclear = false;
  const sorted = events.toSorted((a, b) => order(a.version, b.version) ?? 0);
  for (const { kind, version: at } of sorted) {
    const difference = order(version, at);
    if (difference === undefined) isUnclear = true;
    else if (kind === 'introduced' && difference >= 0) isIn = true;
    else if (kind === 'last_affected' ? difference > 0 : kind !== 'introduced' && difference >= 0) isIn = false;
  }
  return isUnclear ? undefined : isIn;
}
