import { outcomeOf } from '../../live/exchange.ts';
import { parseToken } from '../../live/jwt.ts';
import { inEachEra, inEra, isRefused, judgeEach, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const LABEL = 'a token for another server';

const meta: RuleMeta = {
  id: 'other-audience',
  title: 'Tokens for another server are refused',
  failure: 'A token for another server is served',
  severity: 'critical',
  confidence: 'high',
  controls: ['IDN-02'],
  method: 'probe',
  remedy:
    'Compare the audience of each token with the canonical URI of this server, exactly. Without that any other server of the issuer can use the tokens that it is given here.',
  references: ['MCP 2026-07-28 basic/authorization, token handling', 'RFC 8707 section 2', 'OWASP MCP minimum bar 1.3'],
};

/** Presents a genuine token of the same issuer whose audience is another server. */
export const rule: LiveRule<{ readonly fault: string | undefined }> = liveRule<{ readonly fault: string | undefined }>(
  meta,
  {
    async gather(subject) {
      if (subject.http === undefined || !subject.has('user')) return undefined;
      const token = subject.tokenOf('elsewhere');
      if (token === undefined)
        return {
          exchanges: [],
          facts: { fault: 'no such token was given: name a file with --other-audience-token-file' },
        };
      const fault = faultOf(token, subject.tokenOf('user') ?? '', subject.http.url);
      if (fault !== undefined) return { exchanges: [], facts: { fault } };
      const exchanges = await inEachEra(subject, async (connection, era) => [
        await connection.ask(inEra(LABEL, era), subject.home.method, subject.home.params, { token }),
      ]);
      return { exchanges, facts: { fault: undefined } };
    },
    judge({ exchanges, facts }) {
      if (facts.fault !== undefined) return unknown(facts.fault);
      const served = exchanges.filter((each) => outcomeOf(each) === 'served').length;
      const message = `a token that was made for another server is served${served === exchanges.length ? '' : ' in one era'}`;
      return judgeEach(meta, exchanges, new Map([[LABEL, { holds: isRefused, message }]]));
    },
  },
);

/** Why a refusal of that token would say nothing of its audience. */
function faultOf(text: string, user: string, url: URL): string | undefined {
  const [other, own] = [parseToken(text)?.claims, parseToken(user)?.claims];
  if (other === undefined || own === undefined)
    return 'the tokens are no JWT, so that their audience cannot be compared';
  if (other['iss'] !== own['iss']) return 'the token for another server is of another issuer';
  const { aud, exp } = other;
  if (typeof exp === 'number' && exp * 1_000 < Date.now()) return 'the token for another server has ended';
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const own2 = own['aud'];
  const ownAudiences: readonly unknown[] = Array.isArray(own2) ? own2 : [own2];
  if (audiences.some((each) => each === url.href || ownAudiences.includes(each)))
    return 'the token for another server names this one as well';
  return undefined;
}
