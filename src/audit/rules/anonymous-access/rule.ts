import type { JsonObject } from '../../../protocol/json.ts';
import type { Exchange } from '../../live/exchange.ts';
import { inEra, isRefused, judgeEach, liveRule, unknown, type Expected, type LiveRule } from '../../live/live-rule.ts';
import { isOpen } from '../../live/openness.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { RuleMeta } from '../../model.ts';

const DISCOVERY: ReadonlySet<string> = new Set(['server/discover', 'ping', 'initialize']);
const HELLO = 'a handshake without a token';

const meta: RuleMeta = {
  id: 'anonymous-access',
  title: 'Nothing is served without a token',
  failure: 'Something is served without a token',
  severity: 'high',
  confidence: 'high',
  controls: ['IDN-01', 'ARC-01'],
  method: 'probe',
  remedy:
    'Ask for an access token on every request of the protocol, discovery and lists included, and answer 401 with a challenge before the message is looked at.',
  references: ['MCP 2026-07-28 basic/authorization', 'OWASP MCP minimum bar 1.1', 'OWASP MCP Top 10 MCP07'],
};

interface Facts {
  readonly isOpen: boolean;
  readonly reach: 'loopback' | 'private' | 'public';
}

/** Asks without a token for what the user is served. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined) return undefined;
    const facts = { isOpen: isOpen(subject), reach: http.reach };
    if (facts.isOpen) return { exchanges: [], facts };
    const exchanges: Exchange[] = [];
    for (const era of subject.eras) {
      const stranger = await subject.open('nobody', era);
      if (stranger.hello !== undefined) exchanges.push({ ...stranger.hello.exchange, label: inEra(HELLO, era) });
      for (const [method, params] of requestsOf(subject)) {
        if (method === 'server/discover' && era === 'legacy') continue;
        exchanges.push((await stranger.ask(inEra(`${method} without a token`, era), method, params)).exchange);
      }
      const words = { headers: { authorization: 'Bearer undefined' } };
      const { method, params } = subject.home;
      exchanges.push((await stranger.ask(inEra('a word for a token', era), method, params, words)).exchange);
      await stranger.close();
    }
    return { exchanges, facts };
  },
  judge({ exchanges, facts }) {
    if (facts.isOpen && facts.reach === 'loopback')
      return unknown('it asks for no token and was reached on this machine alone, where that may be meant');
    if (facts.isOpen) {
      const message = 'whoever reaches the server may use it: it asks for no token at all';
      const place = { exchange: 'the first request' };
      return {
        status: 'fail',
        why: message,
        hits: [{ message, place, severity: facts.reach === 'public' ? 'critical' : 'high' }],
      };
    }
    const expected = exchanges.map(({ label, rpc = '' }): readonly [string, Expected] => [
      label.replace(/ \(\w+\)$/, ''),
      {
        holds: isRefused,
        message: DISCOVERY.has(rpc) ? 'a stranger learns what the server is' : 'a stranger is served without a token',
        severity: DISCOVERY.has(rpc) ? 'medium' : meta.severity,
      },
    ]);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});

/** What the user is served, so that a refusal is that of the stranger. */
function requestsOf({ home, surface, harmless }: LiveSubject): readonly (readonly [string, JsonObject])[] {
  const { tools, resources, prompts } = surface;
  const [call] = harmless;
  const lists: readonly (readonly [string, readonly unknown[]])[] = [
    ['tools/list', tools],
    ['resources/list', resources],
    ['prompts/list', prompts],
  ];
  return [
    ...(home.method === 'server/discover' ? [] : [['server/discover', {}] as const]),
    [home.method, home.params],
    ...lists.flatMap(([method, found]) => (found.length > 0 && method !== home.method ? [[method, {}] as const] : [])),
    ...(call === undefined ? [] : [['tools/call', { name: call.name, arguments: call.arguments }] as const]),
  ];
}
