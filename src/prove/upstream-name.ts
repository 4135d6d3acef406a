import { createHash } from 'node:crypto';

/** The name under which one upstream serves a tool of one of many fixtures: `f`, eight hexadecimal digits, `_`, its own. */
export function upstreamName(
  slice: string,
  which: 'good' | 'bad' | `${'good' | 'bad'}, approved`,
  tool: string,
): string {
  const digest = createHash('sha256').update(`${slice}/${which}`).digest('hex').slice(0, 8);
  return `f${digest}_${tool}`;
}
