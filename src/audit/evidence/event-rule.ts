import type { Judgement, RuleMeta } from '../model.ts';
import { evidenceRule, type EvidenceRule } from './evidence-rule.ts';
import type { LogFacts } from './log-facts.ts';
import { member, textOf, itemsOf } from '../gather/located.ts';
import type { EvidenceRecord } from './subject.ts';

/** What is gathered for a rule about events of a log. */
export interface EventsGathered {
  readonly logs: readonly LogFacts[];
  /** Records of the kind `log-sample`, of servers whose log is another. */
  readonly samples: readonly EvidenceRecord[];
}

/**
 * Makes a rule that holds where an event of some kind stands in a log. That there is none proves nothing: it may not have
 * happened, which is unknown.
 * @param event As a record of the kind `log-sample` names it.
 * @param count How many of it stand in an audit log of this product.
 */
export function eventRule(
  meta: Omit<RuleMeta, 'method' | 'confidence'>,
  event: string,
  count: (log: LogFacts) => number,
): EvidenceRule<EventsGathered> {
  return evidenceRule(
    meta,
    ({ logs, records }) => ({ logs, samples: records.filter(({ kind }) => kind === 'log-sample') }),
    ({ logs, samples }): Judgement => {
      const log = logs.find((each) => each.isWhole && each.isKeyGiven && count(each) > 0);
      if (log !== undefined)
        return { status: 'pass', why: `${count(log)} events of the kind ${event} stand in ${log.file}`, hits: [] };
      const sample = samples.find(({ root }) => countIn(root, event) > 0);
      if (sample !== undefined)
        return { status: 'pass', why: `events of the kind ${event} stand in ${sample.file}`, hits: [] };
      return { status: 'unknown', why: whyNone(logs, event, count), hits: [] };
    },
  );
}

function countIn(root: EvidenceRecord['root'], event: string): number {
  return itemsOf(member(root, 'events'))
    .filter((each) => textOf(member(each, 'event')) === event)
    .reduce((sum, each) => sum + Number(member(each, 'count')?.scalar ?? 0), 0);
}

function whyNone(logs: readonly LogFacts[], event: string, count: (log: LogFacts) => number): string {
  const found = logs.find((each) => count(each) > 0);
  if (found !== undefined && !found.isWhole) return `${found.file} has such events, and is not whole`;
  if (found !== undefined) return `${found.file} has such events; give its public key with --log-key for them to count`;
  if (logs.length > 0) return `no event of the kind ${event} stands in the log: make it happen once`;
  return `no log was given (--log), and no record of the kind log-sample names an event ${event}`;
}
