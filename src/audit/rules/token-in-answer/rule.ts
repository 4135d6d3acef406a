import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { outcomeOf, type Seen } from '../../live/exchange.ts';
import type { RuleMeta } from '../../model.ts';

const MOST_CALLS = 8;

const meta: RuleMeta = {
  id: 'token-in-answer',
  title: "No answer holds the caller's token",
  failure: 'The token of the caller comes back in an answer',
  severity: 'high',
  confidence: 'high',
  controls: ['IDN-06', 'SEC-02'],
  method: 'probe',
  remedy:
    'Keep the token out of reach of tools: hand them the verified claims. What a model reads, it may repeat to anybody.',
  references: [
    'MCP 2026-07-28 basic/authorization/security-considerations, token passthrough',
    'OWASP MCP minimum bar 1.3',
  ],
};

interface Facts {
  readonly calls: number;
  readonly held: readonly string[];
}

/** Makes the calls that do no harm and looks for the token in what comes back. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const token = subject.tokenOf('user');
    const [era] = subject.eras;
    if (subject.http === undefined || token === undefined || era === undefined) return undefined;
    const connection = await subject.as('user', era);
    const seen: Seen[] = [];
    for (const { name, arguments: args } of subject.harmless.slice(0, MOST_CALLS))
      seen.push(await connection.ask(`a call of ${name}`, 'tools/call', { name, arguments: args }));
    const none = { name: 'portcullis-audit-no-such-tool', arguments: {} };
    const refused = await connection.ask('a call of a tool that there is not', 'tools/call', none);
    const held = [...seen, refused].filter(({ text }) => text.includes(token)).map(({ exchange }) => exchange.label);
    const calls = seen.filter(({ exchange }) => outcomeOf(exchange) === 'served').length;
    return { exchanges: [...seen, refused].map(({ exchange }) => exchange), facts: { calls, held } };
  },
  judge({ facts: { calls, held } }) {
    const hits = held.map((exchange) => ({
      message: 'the answer holds the token that the request was made with',
      place: { exchange },
    }));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    if (calls === 0) return unknown("no call could be made: name one that does no harm with --call tool='{...}'");
    return { status: 'pass', why: `${meta.title}: ${calls} calls made`, hits };
  },
});
