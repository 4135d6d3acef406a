import { challengeOf, scopesOf } from '../../live/challenge.ts';
import { discover } from '../../live/discovery.ts';
import { describeExchange, outcomeOf } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { isOpen } from '../../live/openness.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const meta: RuleMeta = {
  id: 'token-challenge',
  title: 'A refusal for want of a token says where to get one',
  failure: 'A refusal for want of a token does not say where to get one',
  severity: 'medium',
  confidence: 'high',
  controls: ['IDN-03'],
  method: 'probe',
  remedy:
    'Answer 401 with WWW-Authenticate: Bearer resource_metadata="...", scope="..." to what has no token, and with error="invalid_token" beside it to what has a wrong one. Name the scopes of the operation, never offline_access.',
  references: ['MCP 2026-07-28 basic/authorization', 'RFC 9728 section 5.1', 'RFC 6750 section 3'],
};

/** A challenge as it was read. */
interface Told {
  readonly label: string;
  readonly evidence: string;
  readonly outcome: string;
  readonly status: number;
  readonly scheme: string | undefined;
  readonly metadata: string | undefined;
  readonly error: string | undefined;
  readonly scopes: readonly string[];
}

interface Facts {
  readonly told: readonly Told[];
  /** Whether the document is where a client looks that is told nothing. */
  readonly isWellKnown: boolean;
  readonly isLocal: boolean;
  /** Where nothing else is served, metadata at least have to be, or a refusal is nothing but a refusal. */
  readonly isServed: boolean;
}

/** Asks without a token, then with a word for one. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined || isOpen(subject)) return undefined;
    const { anonymous, resource } = await discover(subject, http);
    const isWellKnown = resource.some(({ json }) => json !== undefined);
    const [era] = subject.eras;
    const connection = await subject.as('user', era ?? 'modern');
    const { method, params } = subject.home;
    const wrong = await connection.ask('a request with a wrong token', method, params, {
      token: 'portcullis.audit.wrong',
    });
    const told = [anonymous, wrong].map(({ exchange, headers }): Told => {
      const challenge = challengeOf(headers['www-authenticate']);
      return {
        label: exchange.label,
        evidence: `${describeExchange(exchange)}, WWW-Authenticate: ${exchange.headers['www-authenticate'] ?? 'none'}`,
        outcome: outcomeOf(exchange),
        status: exchange.status ?? 0,
        scheme: challenge?.scheme,
        metadata: challenge?.parameters.get('resource_metadata'),
        error: challenge?.parameters.get('error'),
        scopes: scopesOf(challenge),
      };
    });
    const facts = { told, isWellKnown, isLocal: http.reach !== 'public', isServed: subject.eras.length > 0 };
    return { exchanges: [anonymous.exchange, wrong.exchange], facts };
  },
  judge({ facts }) {
    if (!facts.isServed && !facts.isWellKnown) return unknown('nothing is served, metadata among it');
    const unclear = facts.told.find(({ outcome }) => outcome !== 'refused');
    if (unclear !== undefined) return unknown(`${unclear.label}: ${unclear.evidence}`);
    const hits = facts.told.flatMap((told, index) => hitsOf(told, index === 1, facts));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    return { status: 'pass', why: `${meta.title}: ${facts.told.length} challenges read`, hits };
  },
  failsAlone: true,
});

function hitsOf(told: Told, isWrong: boolean, { isWellKnown, isLocal }: Facts): readonly Hit[] {
  const { label, evidence, status, scheme, metadata, error, scopes } = told;
  const hit = (message: string, severity: Hit['severity'] = 'medium'): Hit => ({
    message,
    place: { exchange: label },
    evidence,
    severity,
  });
  if (status !== 401) return [hit(`what has no good token is refused with ${status} instead of 401`)];
  if (scheme === undefined) return [hit('the refusal has no challenge for a bearer token')];
  const hits: Hit[] = [];
  if (metadata === undefined && !isWellKnown)
    hits.push(hit('neither the challenge nor a well-known place names the metadata'));
  const url = metadata === undefined ? undefined : URL.parse(metadata);
  if (url === null || (url?.protocol === 'http:' && !isLocal))
    hits.push(hit('the metadata that the challenge names are not at an https URL'));
  if (scopes.includes('offline_access')) hits.push(hit('the challenge asks for offline_access', 'low'));
  if (isWrong && error !== 'invalid_token')
    hits.push(hit('the challenge to a wrong token does not say invalid_token', 'low'));
  return hits;
}
