/** A span of time: milliseconds, or a number with `ms`, `s`, `m` or `h`. */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/**
 * Milliseconds of a duration.
 * @throws TypeError when it is not a positive, finite span; `where` names the option.
 */
export function toMilliseconds(duration: Duration, where: string): number {
  const match = typeof duration === 'number' ? undefined : /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration);
  const value =
    typeof duration === 'number' ? duration : Number(match?.[1]) * (UNITS.get(match?.[2] ?? '') ?? Number.NaN);
  if (!Number.isFinite(value) || value <= 0) {
    throw new TypeError(`${where}: "${duration}" is no duration. Use for example 2000, "2s" or "1m".`);
  }
  return value;
}
