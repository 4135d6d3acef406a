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
import type { AskOptions } from '../../live/subject.ts';
import type { RuleMeta, Severity } from '../../model.ts';

/** No such name can be registered, so that no shared front end hands the request to somebody else (RFC 6761 section 6.4). */
const FOREIGN = 'attacker.invalid';

const NAMES: ReadonlyMap<string, (own: string) => AskOptions> = new Map<string, (own: string) => AskOptions>([
  ['a foreign host', () => ({ headers: { host: FOREIGN } })],
  ['a host that begins like the server', (own) => ({ headers: { host: `${own.split(':')[0] ?? ''}.${FOREIGN}` } })],
  [
    'a foreign host, with the right one forwarded',
    (own) => ({ headers: { host: FOREIGN, 'x-forwarded-host': own, forwarded: `host="${own}"` } }),
  ],
]);

const meta: RuleMeta = {
  id: 'foreign-host',
  title: 'Requests for another host are refused',
  failure: 'Requests for another host are served',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-02'],
  method: 'probe',
  remedy:
    'Compare the Host header with the configured names of the server, whatever X-Forwarded-Host says, and refuse every other. A page whose name was rebound to the address of the server sends its own name there.',
  references: ['MCP 2026-07-28 basic/transports/streamable-http, security', 'RFC 9110 section 7.4'],
};

/** Sends what a page does whose name was rebound to the server's address: its own name as Host. */
export const rule: LiveRule<{ readonly severity: Severity }> = liveRule(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined) return undefined;
    const exchanges = await inEachEra(subject, async (connection, era) => {
      const { method, params } = subject.home;
      const seen = [];
      for (const [label, make] of NAMES)
        seen.push(await connection.ask(inEra(label, era), method, params, { ...make(http.url.host), isAlone: true }));
      return seen;
    });
    // Rebinding reaches what a browser of this network reaches and the attacker does not.
    const severity = http.reach === 'public' ? 'low' : isOpen(subject) ? 'high' : 'medium';
    return { exchanges, facts: { severity } };
  },
  judge({ exchanges, facts: { severity } }) {
    const one: Expected = { holds: isRefused, message: 'a request that names another host is served', severity };
    const expected = [...NAMES.keys()].map((label) => [label, one] as const);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});
