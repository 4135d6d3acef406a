import { challengeOf, scopesOf } from '../../live/challenge.ts';
import { describeExchange, outcomeOf, type Exchange, type Seen } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const MOST_CALLS = 6;

const meta: RuleMeta = {
  id: 'scope-challenge',
  title: 'A token with too few scopes is refused, and told which it lacks',
  failure: 'A token with too few scopes is not told which it lacks',
  severity: 'low',
  confidence: 'high',
  controls: ['AUZ-04', 'IDN-03'],
  method: 'probe',
  remedy:
    'Answer 403 with WWW-Authenticate: Bearer error="insufficient_scope", scope="..." that names every scope of the operation at once, so that the client can ask its person for exactly those.',
  references: ['MCP 2026-07-28 basic/authorization, scope challenge handling', 'RFC 6750 section 3.1'],
};

/** A call that the user is served and the poorer token is not. */
interface Denied {
  readonly exchange: Exchange;
  readonly isChallenge: boolean;
  readonly scopes: readonly string[];
}

interface Facts {
  readonly hint: string | undefined;
  readonly denied: readonly Denied[];
}

/** Makes the calls that do no harm as the user, then with the token that has fewer scopes. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined || !subject.has('user')) return undefined;
    if (!subject.has('low'))
      return nothing('no token with fewer scopes was given: name a file with --low-scope-token-file');
    if (subject.harmless.length === 0)
      return nothing("no call could be made: name one that does no harm with --call tool='{...}'");
    const denied = await tryCalls(subject);
    const hint = denied.length > 0 ? undefined : 'the token with fewer scopes is served whatever could be called';
    return { exchanges: denied.map(({ exchange }) => exchange), facts: { hint, denied } };
  },
  judge({ facts: { hint, denied } }) {
    if (hint !== undefined) return unknown(hint);
    const unclear = denied.find(({ exchange }) => outcomeOf(exchange) === 'unclear');
    if (unclear !== undefined) return unknown(`${unclear.exchange.label}: ${describeExchange(unclear.exchange)}`);
    const hits = denied.flatMap(hitsOf);
    if (hits.length > 0)
      return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${denied.length} calls`, hits };
    return { status: 'pass', why: `${meta.title}: ${denied.length} calls`, hits };
  },
});

function nothing(hint: string): { readonly exchanges: readonly Exchange[]; readonly facts: Facts } {
  return { exchanges: [], facts: { hint, denied: [] } };
}

async function tryCalls(subject: LiveSubject): Promise<readonly Denied[]> {
  const [era = 'modern'] = subject.eras;
  const [user, low] = [await subject.as('user', era), await subject.as('low', era)];
  const denied: Denied[] = [];
  for (const { name, arguments: args } of subject.harmless.slice(0, MOST_CALLS)) {
    const params = { name, arguments: args };
    const own = await user.ask(`a call of ${name}`, 'tools/call', params);
    if (outcomeOf(own.exchange) !== 'served') continue;
    const seen = await low.ask(`a call of ${name} with fewer scopes`, 'tools/call', params);
    if (outcomeOf(seen.exchange) !== 'served') denied.push(readDenial(seen));
  }
  return denied;
}

function readDenial({ exchange, headers }: Seen): Denied {
  const challenge = challengeOf(headers['www-authenticate']);
  const isChallenge = exchange.status === 403 && challenge?.parameters.get('error') === 'insufficient_scope';
  return { exchange, isChallenge, scopes: scopesOf(challenge) };
}

function hitsOf({ exchange, isChallenge, scopes }: Denied): readonly Hit[] {
  const message = !isChallenge
    ? 'a call with too few scopes is refused without a challenge for more'
    : scopes.length === 0
      ? 'the challenge does not name the scopes that are needed'
      : scopes.includes('offline_access')
        ? 'the challenge asks for offline_access'
        : undefined;
  if (message === undefined) return [];
  return [{ message, place: { exchange: exchange.label }, evidence: describeExchange(exchange) }];
}
