/** A span of time: milliseconds, or a number with `ms`, `s`, `m`, `h` or `d`. */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/**
 * Milliseconds of a span.
 * @throws TypeError when it is not above 0 and finite; `where` names the option.
 */
export function toMilliseconds(duration: Duration, where: string): number {
  const match = typeof duration === 'string' ? /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(duration) : null;
  const unit = UNITS.get(match?.[2] ?? '') ?? Number.NaN;
  const ms = typeof duration === 'number' ? duration : Number(match?.[1]) * unit;
  if (Number.isFinite(ms) && ms > 0) return ms;
  throw new TypeError(`${where}: ${JSON.stringify(duration)} is no span of time. Use for example 2000, "2s" or "1h".`);
}
