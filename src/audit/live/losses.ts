import { outcomeOf, type Exchange } from './exchange.ts';
import type { LiveSubject } from './subject.ts';

/** A right request that was served before a rule tried something, and did not come back afterwards. */
export interface Loss {
  /** The rule that tried it. */
  readonly after: string;
  readonly exchange: Exchange;
}

interface Record {
  readonly losses: Loss[];
  kept: number;
}

const RECORDS = new WeakMap<LiveSubject, Record>();
/** No answer at all: a refusal, a limit or a budget that is used up is none of these. */
const GONE: ReadonlySet<Exchange['ending']> = new Set(['closed', 'late', 'unreachable']);

function recordOf(subject: LiveSubject): Record {
  const known = RECORDS.get(subject) ?? { losses: [], kept: 0 };
  RECORDS.set(subject, known);
  return known;
}

/** Whether there was no answer at all. */
export function isGone({ ending }: Exchange): boolean {
  return GONE.has(ending);
}

/** Keeps whether a target still served a right request after a rule had tried what it tries. */
export function noteAfter(
  subject: LiveSubject,
  rule: string,
  before: readonly Exchange[],
  after: readonly Exchange[],
): void {
  const isServed = before.length > 0 && before.every((each) => outcomeOf(each) === 'served');
  if (!isServed || after.length === 0) return;
  const record = recordOf(subject);
  const lost = after.find(isGone);
  if (lost !== undefined) record.losses.push({ after: rule, exchange: lost });
  else if (after.every((each) => outcomeOf(each) === 'served')) record.kept += 1;
}

/** What was lost so far, and after how many rules it was still served. */
export function lossesOf(subject: LiveSubject): { readonly losses: readonly Loss[]; readonly kept: number } {
  const { losses, kept } = recordOf(subject);
  return { losses: [...losses], kept };
}
