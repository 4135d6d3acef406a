import { META } from '../../../protocol/versions.ts';
import { inEra, isRefused, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { Exchange } from '../../live/exchange.ts';
import type { RuleMeta } from '../../model.ts';

const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['a version that never was', '1900-01-01'],
  ['a version to come', '2999-01-01'],
  ['a version with a suffix', '2026-07-28-draft'],
]);

const meta: RuleMeta = {
  id: 'unknown-version',
  title: 'Versions that are not served are refused',
  failure: 'A version is served that the server does not know',
  severity: 'low',
  confidence: 'high',
  controls: ['ARC-07'],
  method: 'probe',
  remedy:
    'Refuse a request whose version is not one of those that are served: modern with 400 and error -32022, which lists them; legacy, where MCP-Protocol-Version is none that was negotiated, with 400.',
  references: ['MCP 2026-07-28 basic/versioning', 'MCP 2025-11-25 basic/transports, protocol version header'],
};

/** Asks for versions that no server has. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    if (subject.http === undefined) return undefined;
    const exchanges: Exchange[] = [];
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      const { method, params } = subject.home;
      for (const [label, version] of VERSIONS) {
        const own = era === 'modern' ? { meta: { [META.version]: version } } : {};
        const options = { headers: { 'mcp-protocol-version': version }, ...own };
        exchanges.push((await connection.ask(inEra(label, era), method, params, options)).exchange);
      }
    }
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const one: Expected = { holds: isRefused, message: 'a request for a version that no server has is served' };
    const expected = [...VERSIONS.keys()].map((label) => [label, one] as const);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});
