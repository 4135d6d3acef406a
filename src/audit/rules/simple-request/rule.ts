import {
  inEachEra,
  inEra,
  isRefused,
  judgeEach,
  liveRule,
  type Expected,
  type LiveRule,
} from '../../live/live-rule.ts';
import { isOpen } from '../../live/openness.ts';
import type { RuleMeta } from '../../model.ts';

/** What a page may send to any address without asking first (Fetch Standard, CORS-safelisted request-header). */
const TYPES: ReadonlyMap<string, string | undefined> = new Map([
  ['plain text', 'text/plain'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['a form with files', 'multipart/form-data; boundary=x'],
  ['plain text that mentions JSON', 'text/plain; application/json'],
  ['no media type', undefined],
]);

const meta: RuleMeta = {
  id: 'simple-request',
  title: 'Only application/json is taken for a message',
  failure: 'A message is taken that any page can send without asking',
  severity: 'low',
  confidence: 'high',
  controls: ['ARC-02'],
  method: 'probe',
  remedy:
    'Refuse every Content-Type but application/json with 415. A page can send text/plain and forms to any address without a preflight.',
  references: ['Fetch Standard, CORS-safelisted request-header', 'MCP 2026-07-28 basic/transports/streamable-http'],
};

/** Sends a well-formed message under the media types of simple requests. */
export const rule: LiveRule<{ readonly isOpen: boolean }> = liveRule(meta, {
  async gather(subject) {
    if (subject.http === undefined) return undefined;
    const exchanges = await inEachEra(subject, async (connection, era) => {
      const { method, params } = subject.home;
      const seen = [];
      for (const [label, type] of TYPES)
        seen.push(await connection.ask(inEra(label, era), method, params, { headers: { 'content-type': type } }));
      return seen;
    });
    return { exchanges, facts: { isOpen: isOpen(subject) } };
  },
  judge({ exchanges, facts }) {
    // A page cannot add a token to a simple request, so with one asked for it comes to nothing.
    const severity = facts.isOpen ? ('medium' as const) : meta.severity;
    const one: Expected = { holds: isRefused, message: 'a message is served that does not say it is JSON', severity };
    const expected = [...TYPES.keys()].map((label) => [label, one] as const);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});
