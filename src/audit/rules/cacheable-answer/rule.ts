import { describeExchange, outcomeOf, type Exchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const MOST_CALLS = 3;

const meta: RuleMeta = {
  id: 'cacheable-answer',
  title: 'No answer to a caller may be kept for others',
  failure: 'An answer to a caller may be kept for others',
  severity: 'medium',
  confidence: 'high',
  controls: ['ISO-07'],
  method: 'probe',
  remedy: 'Send Cache-Control: no-store with every answer to a message, or private at least.',
  references: ['RFC 9111 sections 3.5 and 5.2.2', 'MCP 2026-07-28 server/utilities/caching'],
};

/** Reads what the answers to the user say to the caches between. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    const [era] = subject.eras;
    if (subject.http === undefined || era === undefined || !subject.has('user')) return undefined;
    const connection = await subject.as('user', era);
    const { method, params } = subject.home;
    const exchanges = [(await connection.ask('a list', method, params)).exchange];
    for (const { name, arguments: args } of subject.harmless.slice(0, MOST_CALLS))
      exchanges.push((await connection.ask(`a call of ${name}`, 'tools/call', { name, arguments: args })).exchange);
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const served = exchanges.filter((each) => outcomeOf(each) === 'served');
    if (served.length === 0) return unknown('nothing was served');
    const hits = served.flatMap(hitsOf);
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${served.length}`, hits };
    return { status: 'pass', why: `${meta.title}: ${served.length} looked at`, hits };
  },
});

/** An answer to an authorized request is kept by a shared cache only where it is told so (RFC 9111 section 3.5). */
function hitsOf(exchange: Exchange): readonly Hit[] {
  const control = exchange.headers['cache-control'] ?? '';
  const words = control
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const isShared = words.some((word) => word === 'public' || word.startsWith('s-maxage='));
  if (!isShared || words.some((word) => word === 'no-store' || word.startsWith('private') || word === 'no-cache'))
    return [];
  return [
    {
      message: 'a cache that is shared may keep the answer and give it to others',
      place: { exchange: exchange.label },
      evidence: `${describeExchange(exchange)}, Cache-Control: ${control}`,
    },
  ];
}
