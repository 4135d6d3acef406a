import type { Era } from '../../protocol/versions.ts';
import { neutralise } from '../../text/neutralise.ts';
import type { AuditRule, Hit, Judgement, RuleMeta } from '../model.ts';
import { describeExchange, outcomeOf, type Exchange, type Seen } from './exchange.ts';
import { noteAfter } from './losses.ts';
import type { LiveConnection, LiveSubject } from './subject.ts';

/** What a live rule gathered: what it saw, and what else it has to know to judge. */
export interface LiveSeen<F extends object = object> {
  readonly exchanges: readonly Exchange[];
  readonly facts: F;
}

/** The same between two right requests in each era: where they are not served, a refusal says nothing. */
export interface LiveGathered<F extends object = object> extends LiveSeen<F> {
  readonly before: readonly Exchange[];
  readonly after: readonly Exchange[];
}

/** A rule about a server that runs. */
export interface LiveRule<F extends object = object> extends AuditRule<LiveSubject, LiveGathered<F>> {
  gather(subject: LiveSubject): Promise<LiveGathered<F> | undefined>;
  judge(gathered: LiveGathered<F>): Judgement;
}

/** What a live rule does. */
export interface LiveRuleParts<F extends object> {
  /** What it tries; undefined where the subject has nothing that it is about. */
  readonly gather: (subject: LiveSubject) => Promise<LiveSeen<F> | undefined>;
  readonly judge: (seen: LiveSeen<F>) => Judgement;
  /** Whether a failure stands where the target serves nothing, for what is wrong is seen without it. */
  readonly failsAlone?: boolean;
}

/**
 * Makes a live rule. It passes only when a right request was served before and after what it tried, in every era, and nothing that it
 * wanted to try was withheld.
 */
export function liveRule<F extends object>(
  meta: RuleMeta,
  { gather, judge, failsAlone = false }: LiveRuleParts<F>,
): LiveRule<F> {
  return {
    kind: 'live',
    meta,
    async gather(subject) {
      if (subject.eras.length === 0 && !failsAlone) return undefined;
      const before = await atHome(subject, 'a right request before');
      const seen = await gather(subject);
      if (seen === undefined) return undefined;
      const facts = cleanFacts(seen.facts, subject.clean ?? neutralise);
      const after = await atHome(subject, 'a right request after');
      noteAfter(subject, meta.id, before, after);
      return { ...seen, facts, before, after };
    },
    judge(gathered) {
      const judged = judge(gathered);
      if (judged.status === 'unknown') return judged;
      const isServed = gathered.before.length > 0 && gathered.before.every((each) => outcomeOf(each) === 'served');
      if (!isServed && !(failsAlone && judged.status === 'fail')) return unknown('a right request is not served');
      if (judged.status === 'fail') return judged;
      const lost = gathered.after.find((each) => outcomeOf(each) !== 'served');
      if (lost !== undefined) return unknown(`afterwards a right request is not served (${describeExchange(lost)})`);
      const withheld = gathered.exchanges.find(({ ending }) => ending === 'withheld');
      return withheld === undefined ? judged : unknown(`the budget of the run was used up before: ${withheld.label}`);
    },
  };
}

/** What a target says of itself stands in facts as well. */
function cleanFacts<F extends object>(facts: F, clean: (text: string) => string): F {
  const text = JSON.stringify(facts, (_, value: unknown) => (typeof value === 'string' ? clean(value) : value));
  return JSON.parse(text) as F;
}

/** Whether a right request is served now: what was listed before says nothing of a server that is gone. */
export async function isServing(subject: LiveSubject): Promise<boolean> {
  const seen = await atHome(subject, 'a right request');
  return seen.length > 0 && seen.every((each) => outcomeOf(each) === 'served');
}

async function atHome(subject: LiveSubject, label: string): Promise<readonly Exchange[]> {
  const seen: Exchange[] = [];
  for (const era of subject.eras) {
    const connection = await subject.as('user', era);
    const { method, params } = subject.home;
    seen.push((await connection.ask(`${label} (${era})`, method, params)).exchange);
  }
  return seen;
}

/** A judgement that says nothing, with why. */
export function unknown(why: string): Judgement {
  return { status: 'unknown', why, hits: [] };
}

/** What one attack must come to. */
export interface Expected {
  /** Whether what was seen means that the server holds; undefined where it says nothing. */
  readonly holds: (exchange: Exchange) => boolean | undefined;
  /** What is wrong where it does not. */
  readonly message: string;
  readonly severity?: Hit['severity'];
}

/** Holds where the server refused by its own decision. */
export function isRefused(exchange: Exchange): boolean | undefined {
  const outcome = outcomeOf(exchange);
  return outcome === 'unclear' ? undefined : outcome === 'refused';
}

/**
 * Judges each exchange by its label without the era behind it: one that does not hold fails, one that says nothing leaves it unknown.
 * @param expected By label; exchanges without an entry are not judged.
 */
export function judgeEach(
  meta: Pick<RuleMeta, 'title' | 'failure'>,
  exchanges: readonly Exchange[],
  expected: ReadonlyMap<string, Expected>,
): Judgement {
  const judged = exchanges.flatMap((exchange) => {
    const one = expected.get(attackOf(exchange.label));
    return one === undefined ? [] : [{ exchange, one, holds: one.holds(exchange) }];
  });
  const failed = judged.filter(({ holds }) => holds === false);
  const hits = hitsOf(failed);
  if (hits.length > 0)
    return { status: 'fail', why: `${meta.failure}: ${failed.length} of ${judged.length} tried`, hits };
  const unclear = judged.find(({ holds }) => holds === undefined);
  if (unclear !== undefined) return unknown(`${unclear.exchange.label}: ${describeExchange(unclear.exchange)}`);
  if (judged.length === 0) return unknown('nothing was tried');
  return { status: 'pass', why: `${meta.title}: ${judged.length} tried`, hits };
}

/** One for each thing that is wrong: what is wrong in both eras is told once. */
function hitsOf(failed: readonly { readonly exchange: Exchange; readonly one: Expected }[]): readonly Hit[] {
  const byMessage = Map.groupBy(failed, ({ one }) => one.message);
  return [...byMessage].flatMap(([message, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const attacks = [...new Set(all.map(({ exchange }) => attackOf(exchange.label)))];
    const { severity } = first.one;
    const place = all.length === 1 || attacks.length > 1 ? first.exchange.label : (attacks[0] ?? '');
    const more = attacks.length > 1 ? `; also: ${attacks.slice(1).join(', ')}` : '';
    return [
      {
        message,
        place: { exchange: place },
        evidence: `${attackOf(first.exchange.label)}: ${describeExchange(first.exchange)}${more}`,
        ...(severity === undefined ? {} : { severity }),
      },
    ];
  });
}

/** Gathers in each era that serves the user, over the connection that the rules share. */
export async function inEachEra(
  subject: LiveSubject,
  gather: (connection: LiveConnection, era: Era) => Promise<readonly Seen[]>,
): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const era of subject.eras) {
    const seen = await gather(await subject.as('user', era), era);
    exchanges.push(...seen.map(({ exchange }) => exchange));
  }
  return exchanges;
}

/** Labels an attack by the era in which it was tried. */
export function inEra(attack: string, era: Era): string {
  return `${attack} (${era})`;
}

/** The attack of a label. */
export function attackOf(label: string): string {
  return label.replace(/ \((?:modern|legacy)\)$/, '');
}
