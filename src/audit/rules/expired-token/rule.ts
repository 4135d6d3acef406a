import { outcomeOf } from '../../live/exchange.ts';
import { parseToken } from '../../live/jwt.ts';
import { inEachEra, inEra, isRefused, judgeEach, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const LABEL = 'a token that has ended';
/** Clocks that differ, and what is tolerated for them, come to less. */
const GRACE_S = 300;

const meta: RuleMeta = {
  id: 'expired-token',
  title: 'A token that has ended is refused',
  failure: 'A token that has ended is served',
  severity: 'high',
  confidence: 'high',
  controls: ['IDN-02'],
  method: 'probe',
  remedy:
    'Verify the end of the token (exp, or active of its introspection) in every request, with a minute of tolerance at most, and keep no verdict about a token beyond its end.',
  references: ['RFC 7519 section 4.1.4', 'MCP 2026-07-28 basic/authorization, token handling', 'RFC 7662 section 2.2'],
};

interface Facts {
  readonly fault: string | undefined;
  /** Whether its end could be read in it; else it has ended by the word of who gave it. */
  readonly isRead: boolean;
}

/** Presents a genuine token of this server whose time is over. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined || !subject.has('user')) return undefined;
    const token = subject.tokenOf('expired');
    if (token === undefined) return nothing('no such token was given: name a file with --expired-token-file');
    const claims = parseToken(token)?.claims;
    const fault = faultOf(claims, parseToken(subject.tokenOf('user') ?? '')?.claims);
    if (fault !== undefined) return nothing(fault);
    const exchanges = await inEachEra(subject, async (connection, era) => [
      await connection.ask(inEra(LABEL, era), subject.home.method, subject.home.params, { token }),
    ]);
    return { exchanges, facts: { fault: undefined, isRead: claims !== undefined } };
  },
  judge({ exchanges, facts: { fault, isRead } }) {
    if (fault !== undefined) return unknown(fault);
    const served = exchanges.filter((each) => outcomeOf(each) === 'served').length;
    const message = `a token that has ended is served${served === exchanges.length ? '' : ' in one era'}`;
    const judged = judgeEach(meta, exchanges, new Map([[LABEL, { holds: isRefused, message }]]));
    if (judged.status === 'pass' && !isRead)
      return unknown('the token is refused; it is no JWT, so that it might be for another reason than its end');
    return judged;
  },
});

function nothing(fault: string): { readonly exchanges: readonly []; readonly facts: Facts } {
  return { exchanges: [], facts: { fault, isRead: false } };
}

type Claims = NonNullable<ReturnType<typeof parseToken>>['claims'] | undefined;

/** Why what that token comes to would say nothing of its end. */
function faultOf(expired: Claims, user: Claims): string | undefined {
  if (expired === undefined) return undefined;
  const { exp, iss, aud } = expired;
  if (typeof exp !== 'number') return 'the token that has ended does not say when (exp)';
  if (exp + GRACE_S > Date.now() / 1_000) return 'the token that has ended has not, or less than five minutes ago';
  if (user === undefined) return undefined;
  if (iss !== user['iss']) return 'the token that has ended is of another issuer';
  const own = new Set(listOf(user['aud']));
  return listOf(aud).some((each) => own.has(each)) ? undefined : 'the token that has ended is for another server';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
