import { inEachEra, inEra, isRefused, judgeEach, liveRule, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

/** Names under which servers have been seen to take one. */
const NAMES = ['access_token', 'token', 'api_key'] as const;

const meta: RuleMeta = {
  id: 'token-in-query',
  title: 'A token in the URL is refused',
  failure: 'A token is taken from the URL',
  severity: 'medium',
  confidence: 'high',
  controls: ['IDN-02', 'SEC-05'],
  method: 'probe',
  remedy:
    'Take the token from the Authorization header alone. URLs stand in the logs of every proxy, in histories and in Referer headers.',
  references: ['MCP 2026-07-28 basic/authorization, token requirements', 'RFC 6750 section 5.3'],
};

/** Sends the user's token in the query and none in the header. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    const { http } = subject;
    const token = subject.tokenOf('user');
    // Where something stands in the query already, it is not known what it is for.
    if (http === undefined || token === undefined || http.url.search !== '') return undefined;
    const exchanges = await inEachEra(subject, async (connection, era) => {
      const seen = [];
      for (const name of NAMES) {
        const options = { token: null, query: `?${name}=${encodeURIComponent(token)}` };
        const { method, params } = subject.home;
        seen.push(await connection.ask(inEra(`a token as ${name}`, era), method, params, options));
      }
      return seen;
    });
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const one = {
      holds: isRefused,
      message: 'a token in the query of the URL is taken for the header that is missing',
    };
    return judgeEach(meta, exchanges, new Map(NAMES.map((name) => [`a token as ${name}`, one])));
  },
});
