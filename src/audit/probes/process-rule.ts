import { describeExchange, outcomeOf } from '../live/exchange.ts';
import { unknown } from '../live/live-rule.ts';
import type { LiveSubject, ProcessLife } from '../live/subject.ts';
import type { AuditRule, Hit, Judgement, RuleMeta } from '../model.ts';

/**
 * A rule about the process of a launched server: it says something only of one that did what it was asked.
 * @param hitsOf What is wrong; a text where nothing can be said, and why.
 */
export function processRule(
  meta: RuleMeta,
  hitsOf: (life: ProcessLife) => readonly Hit[] | string,
): AuditRule<LiveSubject, ProcessLife> {
  return {
    kind: 'live',
    meta,
    async gather(subject) {
      return subject.stdio === undefined || subject.eras.length === 0 ? undefined : await subject.stdio.life();
    },
    judge(life): Judgement {
      const hits = hitsOf(life);
      if (typeof hits === 'string') return unknown(hits);
      if (hits.length > 0) return { status: 'fail', why: meta.failure, hits };
      const lost = life.exchanges.find((each) => outcomeOf(each) !== 'served');
      if (lost !== undefined) return unknown(`${lost.label} was not served (${describeExchange(lost)})`);
      if (life.endedFor !== undefined) return unknown(`it was ended: ${life.endedFor}`);
      return { status: 'pass', why: `${meta.title}: ${life.exchanges.length} requests served`, hits };
    },
  };
}
