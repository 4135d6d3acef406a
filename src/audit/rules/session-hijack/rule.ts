import { inEra, isRefused, judgeEach, liveRule, unknown, type Expected, type LiveRule } from '../../live/live-rule.ts';
import { describeExchange, outcomeOf, type Exchange } from '../../live/exchange.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { RuleMeta } from '../../model.ts';

const OWNER = 'the owner of the session';
const OTHER = 'the other user in a session of his own';

const EXPECTED: ReadonlyMap<string, Expected> = new Map<string, Expected>([
  ['the session of the user with no token', { holds: isRefused, message: 'the id of a session stands for a token' }],
  [
    'the session of the user with the token of another',
    { holds: isRefused, message: 'whoever has the id of a session may use it, whosever it is' },
  ],
  [
    'a session that never was',
    { holds: isRefused, message: 'a session is served that the server never gave', severity: 'medium' },
  ],
  ['a session that has ended', { holds: isRefused, message: 'a session is served after its end', severity: 'medium' }],
]);

const meta: RuleMeta = {
  id: 'session-hijack',
  title: "A session is its owner's alone",
  failure: 'A session is served to whom it does not belong',
  severity: 'high',
  confidence: 'high',
  controls: ['IDN-11'],
  method: 'probe',
  remedy:
    'Verify the token of every request, key what a session keeps by its principal, and answer 404 alike to ids that are foreign, unknown or ended.',
  references: ['MCP 2025-11-25 basic/security_best_practices, session hijacking', 'OWASP MCP minimum bar 2.1'],
};

interface Facts {
  readonly hasToken: boolean;
  readonly hasSecond: boolean;
}

/** Presents the id of the user's session without a token and with another's; then one that never was, and one that has ended. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined || !subject.eras.includes('legacy')) return undefined;
    const exchanges = await attack(subject);
    const facts = { hasToken: subject.has('user'), hasSecond: subject.has('second') };
    return exchanges === undefined ? undefined : { exchanges, facts };
  },
  judge({ exchanges, facts }) {
    for (const label of [OWNER, OTHER]) {
      const baseline = exchanges.find((each) => each.label === label);
      if (baseline !== undefined && outcomeOf(baseline) !== 'served')
        return unknown(`${label}: ${describeExchange(baseline)}`);
    }
    const judged = judgeEach(meta, exchanges, EXPECTED);
    if (judged.status === 'pass' && facts.hasToken && !facts.hasSecond)
      return unknown('no token of another user was given: name a file with --second-token-file');
    return judged;
  },
});

/** Undefined where the server gives no session ids. */
async function attack(subject: LiveSubject): Promise<readonly Exchange[] | undefined> {
  const owner = await subject.open('user', 'legacy');
  const { session } = owner;
  if (session === undefined) return undefined;
  const { method, params } = subject.home;
  const exchanges: Exchange[] = [(await owner.ask(OWNER, method, params)).exchange];
  const as = async (label: string, options: NonNullable<Parameters<typeof owner.ask>[3]>): Promise<void> => {
    exchanges.push((await owner.ask(inEra(label, 'legacy'), method, params, options)).exchange);
  };
  if (subject.has('user')) await as('the session of the user with no token', { token: null });
  const second = subject.tokenOf('second');
  if (second !== undefined) {
    const other = await subject.open('second', 'legacy');
    exchanges.push((await other.ask(OTHER, method, params)).exchange);
    await other.close();
    await as('the session of the user with the token of another', { token: second });
  }
  await as('a session that never was', { headers: { 'mcp-session-id': madeUp(session) } });
  await owner.close();
  await as('a session that has ended', {});
  return exchanges;
}

/** Of the form of a real one, with other letters and digits. */
function madeUp(session: string): string {
  return session.replaceAll(/[0-9a-f]/gi, (character) => (character === '7' ? '3' : '7'));
}
