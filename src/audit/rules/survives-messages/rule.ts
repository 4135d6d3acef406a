import { describeExchange, outcomeOf, type Exchange } from '../../live/exchange.ts';
import { unknown } from '../../live/live-rule.ts';
import { isGone, lossesOf, type Loss } from '../../live/losses.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { AuditRule, RuleMeta } from '../../model.ts';

interface Facts {
  readonly losses: readonly Loss[];
  /** How many rules it outlived. */
  readonly kept: number;
  /** Right requests, each on a connection of its own, when the rules before had tried what they try. */
  readonly now: readonly Exchange[];
}

const meta: RuleMeta = {
  id: 'survives-messages',
  title: 'Whatever is sent, a right request is served afterwards',
  failure: 'A message ends the server',
  severity: 'high',
  confidence: 'high',
  controls: ['ARC-05', 'RES-02'],
  method: 'probe',
  remedy:
    'Catch what parsing and handling of one message throw, answer that message alone, and never let an error of a request reach the process.',
  references: ['CVE-2025-53366', 'CVE-2025-53365', 'CWE-248'],
};

/** It sends no more than right requests: the rules before it, strict-messages among them, have sent the wrong ones. */
export const rule: AuditRule<LiveSubject, Facts> = {
  kind: 'live',
  meta,
  async gather(subject) {
    const { losses, kept } = lossesOf(subject);
    if (subject.eras.length === 0 || losses.length + kept === 0) return undefined;
    const now: Exchange[] = [];
    for (const era of subject.eras) {
      const connection = await subject.open('user', era);
      const { method, params } = subject.home;
      now.push((await connection.ask(`a right request at last (${era})`, method, params)).exchange);
      await connection.close();
    }
    return { losses, kept, now };
  },
  judge({ losses, kept, now }) {
    const [first] = losses;
    if (now.every((each) => outcomeOf(each) === 'served'))
      return first === undefined
        ? { status: 'pass', why: `${meta.title}: after ${kept} rules`, hits: [] }
        : unknown(`after ${first.after} a right request was not served for a time`);
    const gone = now.find(isGone);
    if (first === undefined || gone === undefined) return unknown('a right request is not served now');
    const hit = {
      message: `no longer serves after what ${first.after} sent`,
      place: { exchange: first.exchange.label },
      evidence: describeExchange(gone),
    };
    return { status: 'fail', why: `${meta.failure}: nothing is served after ${first.after}`, hits: [hit] };
  },
};
