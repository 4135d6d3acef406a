import {
  isRefused,
  inEachEra,
  inEra,
  judgeEach,
  liveRule,
  type Expected,
  type LiveRule,
} from '../../live/live-rule.ts';
import { isOpen } from '../../live/openness.ts';
import type { RuleMeta } from '../../model.ts';

const ORIGINS: ReadonlyMap<string, string> = new Map([
  ['a foreign origin', 'https://attacker.invalid'],
  ['the null origin', 'null'],
  ['an origin that begins like the server', 'http://127.0.0.1.attacker.invalid'],
]);

const meta: RuleMeta = {
  id: 'foreign-origin',
  title: 'Requests of foreign web pages are refused',
  failure: 'Requests of foreign web pages are served',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-02'],
  method: 'probe',
  remedy:
    'Compare the Origin header, where there is one, with a list of exact origins before anything is parsed, and answer 403 to every other. Keep the list empty unless a page of yours is a client.',
  references: ['MCP 2026-07-28 basic/transports/streamable-http, security', 'OWASP MCP Top 10 MCP07'],
};

/** Sends what a page of a foreign origin would send; the same request without an Origin is the baseline. */
export const rule: LiveRule<{ readonly isOpen: boolean }> = liveRule(meta, {
  async gather(subject) {
    if (subject.http === undefined) return undefined;
    const exchanges = await inEachEra(subject, async (connection, era) => {
      const { method, params } = subject.home;
      const seen = [];
      for (const [label, origin] of ORIGINS)
        seen.push(await connection.ask(inEra(label, era), method, params, { headers: { origin } }));
      return seen;
    });
    return { exchanges, facts: { isOpen: isOpen(subject) } };
  },
  judge({ exchanges, facts }) {
    // Where no token is asked for, the page needs nothing but the address: DNS rebinding makes it that of this server.
    const severity = facts.isOpen ? ('high' as const) : meta.severity;
    const one: Expected = {
      holds: isRefused,
      message: 'a request with the Origin of a foreign page is served',
      severity,
    };
    const expected = [...ORIGINS.keys()].map((label) => [label, one] as const);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});
