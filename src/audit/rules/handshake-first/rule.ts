import { isRefused, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const EARLY = 'a request before the handshake';

const meta: RuleMeta = {
  id: 'handshake-first',
  title: 'Nothing is served before the handshake of the legacy era',
  failure: 'Requests are served before the handshake of the legacy era',
  severity: 'low',
  confidence: 'high',
  controls: ['ARC-07'],
  method: 'probe',
  remedy: 'Refuse every request but initialize and ping until the version is agreed on, or serve the modern era alone.',
  references: ['MCP 2025-11-25 basic/lifecycle#initialization'],
};

/** See `meta`. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    if (subject.stdio === undefined || !subject.eras.includes('legacy') || subject.home.method === 'ping')
      return undefined;
    // A connection of the modern era shakes no hands; what is written on it stands as it is.
    const connection = await subject.open('user', 'modern');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'early', method: subject.home.method, params: {} });
    const exchanges = [(await connection.ask(EARLY, subject.home.method, {}, { body })).exchange];
    await connection.close();
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const expected: Expected = { holds: isRefused, message: `serves ${EARLY}` };
    return judgeEach(meta, exchanges, new Map([[EARLY, expected]]));
  },
});
