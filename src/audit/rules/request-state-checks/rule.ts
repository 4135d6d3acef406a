import type { Exchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { LiveConnection } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { ASKABLE, begin, flowsOf, isSame, replyOf, retry, type Flow, type Reply } from '../../probes/asking.ts';
import { tamperedForms } from '../../probes/tampered.ts';
import { faultOfUsers } from '../../probes/two-users.ts';

const MOST_FLOWS = 2;

const meta: RuleMeta = {
  id: 'request-state-checks',
  title: 'A request state is taken only as it was given, and only from whom',
  failure: 'A request state is taken that was not given out like that',
  severity: 'medium',
  confidence: 'medium',
  controls: ['ELI-01'],
  method: 'probe',
  remedy:
    'Seal the state with a key (AEAD or HMAC) together with the principal, the method, a digest of the arguments and a time at which it ends, and refuse whatever does not open.',
  references: ['MCP 2026-07-28 basic/patterns/mrtr, server requirements 4 and 5', 'CWE-565', 'CWE-345'],
};

const KINDS = {
  changed: 'a state that was changed is taken',
  elsewhere: 'the state of one request is taken for another',
  foreign: 'the state of one user is taken from another',
} as const;

/** One way in which a state was sent back. */
interface Try {
  readonly what: string;
  readonly kind: keyof typeof KINDS;
  readonly came: 'taken' | 'refused' | 'unclear';
  readonly said: string;
}

interface Facts {
  /** How many requests are answered by a question that comes with a state. */
  readonly flows: number;
  readonly tries: readonly Try[];
  /** Why more could not be told of one of them. */
  readonly faults: readonly string[];
}

/** One request, and who makes it. */
interface Stage {
  readonly flow: Flow;
  readonly user: LiveConnection;
  /** The other user, or why there is none. */
  readonly second: LiveConnection | string;
  readonly exchanges: Exchange[];
}

/** Sends back the state of a request changed, for another request, and as another user; whatever is asked is declined. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (!subject.eras.includes('modern')) return undefined;
    const user = await subject.open('user', 'modern', { capabilities: ASKABLE });
    const exchanges: Exchange[] = [];
    const asking: Flow[] = [];
    for (const flow of flowsOf(subject)) if ((await begin(user, flow)) !== undefined) asking.push(flow);
    const tries: Try[] = [];
    const faults: string[] = [];
    const fault = subject.http === undefined ? ONE_USER : faultOfUsers(subject);
    const second = fault ?? (await subject.open('second', 'modern', { capabilities: ASKABLE }));
    for (const flow of asking.slice(0, MOST_FLOWS)) {
      const found = await attack({ flow, user, second, exchanges }, asking);
      tries.push(...found.tries);
      faults.push(...found.faults);
    }
    await user.close();
    return { exchanges, facts: { flows: asking.length, tries, faults } };
  },
  judge({ facts: { flows, tries, faults } }) {
    if (flows === 0)
      return unknown(
        "nothing that was called asks for input: name a call that does, and does no harm, with --call tool='{...}'",
      );
    const hits = hitsOf(tries);
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} ways`, hits };
    const unclear = tries.find(({ came }) => came === 'unclear');
    if (unclear !== undefined) return unknown(`${unclear.what}: ${unclear.said}`);
    const [fault] = faults;
    return fault === undefined ? { status: 'pass', why: `${meta.title}: ${tries.length} tried`, hits } : unknown(fault);
  },
});

function hitsOf(tries: readonly Try[]): readonly Hit[] {
  const taken = tries.filter(({ came }) => came === 'taken');
  return [...Map.groupBy(taken, ({ kind }) => kind)].flatMap(([kind, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const more = all.length > 1 ? `; so are ${all.length - 1} more` : '';
    return [{ message: KINDS[kind], place: { exchange: first.what }, evidence: `${first.said}${more}` }];
  });
}

/** Each try begins anew: a state may be good for one use. */
async function attack(stage: Stage, asking: readonly Flow[]): Promise<Pick<Facts, 'tries' | 'faults'>> {
  const { flow, user, second } = stage;
  const right = await answered(stage, user, 'a state as it was given');
  const again = await answered(stage, user, 'another state as it was given');
  const none = await answered(stage, user, 'the answer without a state', () => undefined);
  if (right === undefined || again === undefined || none === undefined) return failed(flow, 'it asks only sometimes');
  if (right.kind === 'error' || right.kind === 'unclear') return failed(flow, right.said);
  if (!isSame(right, again)) return failed(flow, 'its answer is not the same twice');
  if (isSame(right, none)) return failed(flow, 'when declined, it answers the same without its state');
  const isTaken = (reply: Reply): boolean =>
    isSame(reply, right) || (reply.kind === 'complete' && right.kind === 'complete' && none.kind !== 'complete');
  const tries: Try[] = [];
  const judge = (kind: Try['kind'], what: string, reply: Reply | undefined): void => {
    const came = reply === undefined || reply.kind === 'unclear' ? 'unclear' : isTaken(reply) ? 'taken' : 'refused';
    tries.push({ what: `${flow.what}: ${what}`, kind, came, said: reply?.said ?? 'it asks only sometimes' });
  };
  const forms = tamperedForms((await begin(user, flow))?.state ?? '').map(([how]) => how);
  for (const how of forms) {
    const change = (state: string): string | undefined => tamperedForms(state).find(([name]) => name === how)?.[1];
    judge('changed', `its state ${how}`, await answered(stage, user, `its state ${how}`, change));
  }
  const [other] = asking.filter((each) => each !== flow);
  if (other !== undefined) {
    const state = (await begin(user, other))?.state;
    if (state !== undefined)
      judge(
        'elsewhere',
        `the state of ${other.what}`,
        await answered(stage, user, `the state of ${other.what}`, () => state),
      );
  }
  if (typeof second === 'string') return { tries, faults: second === ONE_USER ? [] : [second] };
  const theirs = await answered(stage, second, 'the other user with a state of his own');
  if (theirs?.kind !== right.kind)
    return { tries, faults: [`${flow.what}: the other user is not answered as the user is`] };
  const state = (await begin(user, flow))?.state;
  const label = 'its state from the other user';
  judge('foreign', label, state === undefined ? undefined : await answered(stage, second, label, () => state));
  return { tries, faults: [] };
}

const ONE_USER = 'whoever starts a process is its only user';

function failed({ what }: Flow, why: string): Pick<Facts, 'tries' | 'faults'> {
  return { tries: [], faults: [`${what}: ${why}`] };
}

/**
 * Begins a request, declines what it asks, and gives what that is answered by; undefined where nothing is asked.
 * @param change What of the state goes back with it; undefined for none.
 */
async function answered(
  { flow, exchanges }: Stage,
  who: LiveConnection,
  label: string,
  change: (state: string) => string | undefined = (state) => state,
): Promise<Reply | undefined> {
  const asked = await begin(who, flow);
  if (asked === undefined) return undefined;
  const seen = await retry(who, flow, `${flow.what}: ${label}`, asked, change(asked.state));
  exchanges.push(seen.exchange);
  return replyOf(seen);
}
