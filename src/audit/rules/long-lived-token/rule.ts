import { parseToken } from '../../live/jwt.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const [MINUTE_S, MOST_MINUTES] = [60, 60];

const meta: RuleMeta = {
  id: 'long-lived-token',
  title: 'Access tokens live for an hour at most',
  failure: 'An access token that lives longer than an hour is served',
  severity: 'medium',
  confidence: 'high',
  controls: ['IDN-04'],
  method: 'probe',
  remedy:
    'Have the authorization server give access tokens for minutes and refresh them, and have the server refuse those whose exp is more than an hour after their iat.',
  references: ['MCP 2026-07-28 basic/authorization/security-considerations', 'OWASP MCP minimum bar 1.2'],
};

interface Facts {
  /** By caller: seconds from iat to exp; null where the token has none of both. */
  readonly lifetimes: readonly (readonly [string, number | null])[];
}

/** Reads the dates of the tokens that are served. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  gather(subject) {
    if (subject.http === undefined || !subject.has('user')) return Promise.resolve(undefined);
    const lifetimes = (['user', 'second', 'low'] as const).flatMap((caller) => {
      const claims = parseToken(subject.tokenOf(caller) ?? '')?.claims;
      if (claims === undefined) return [];
      const { iat, exp } = claims;
      return [[caller, typeof iat === 'number' && typeof exp === 'number' ? exp - iat : null] as const];
    });
    return Promise.resolve({ exchanges: [], facts: { lifetimes } });
  },
  judge({ facts: { lifetimes } }) {
    const user = lifetimes.find(([caller]) => caller === 'user');
    if (user === undefined) return unknown('the token is no JWT: how long it lives, only its issuer knows');
    const [, lifetime] = user;
    const place = { exchange: 'the token of the user' };
    if (lifetime === null) {
      const message = 'a token is served that does not say from when or until when it lives';
      return { status: 'fail', why: message, hits: [{ message, place }] };
    }
    const minutes = Math.ceil(lifetime / MINUTE_S);
    if (minutes <= MOST_MINUTES) return { status: 'pass', why: `${meta.title}: ${minutes} minutes`, hits: [] };
    const message = `a token is served that lives for ${minutes} minutes`;
    return { status: 'fail', why: message, hits: [{ message, place, evidence: `exp - iat = ${lifetime} s` }] };
  },
});
