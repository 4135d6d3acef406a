import { networkInterfaces } from 'node:os';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { isReached } from '../../live/reached.ts';
import type { RuleMeta } from '../../model.ts';

const MOST_ADDRESSES = 4;

const meta: RuleMeta = {
  id: 'public-binding',
  title: 'A local server is reached from its own machine alone',
  failure: 'A local server is reached from other machines',
  severity: 'high',
  confidence: 'medium',
  controls: ['ARC-01'],
  method: 'probe',
  remedy: 'Listen on 127.0.0.1 or ::1, not on 0.0.0.0, :: or without a host; better still, speak stdio.',
  references: ['MCP 2026-07-28 basic/transports/streamable-http, security', 'NeighborJack (OWASP MCP Top 10 MCP07)'],
};

interface Facts {
  readonly tried: number;
  readonly reached: number;
  readonly port: string;
}

/** Tries the port of a loopback target at the other addresses of this machine, without sending anything but a request for its head. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http, budget } = subject;
    if (http?.reach !== 'loopback') return undefined;
    const addresses = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .slice(0, MOST_ADDRESSES);
    let reached = 0;
    for (const { address } of addresses) if (await isReached(http, { address, family: 4 }, budget)) reached += 1;
    return { exchanges: [], facts: { tried: addresses.length, reached, port: http.url.port } };
  },
  judge({ facts: { tried, reached, port } }) {
    if (tried === 0) return unknown('this machine has no other address to try');
    if (reached === 0) return { status: 'pass', why: `${meta.title}: ${tried} other addresses tried`, hits: [] };
    const message = 'the server answers at an address that other machines reach as well';
    const place = { exchange: 'the same port at another address of this machine' };
    return { status: 'fail', why: meta.failure, hits: [{ message, place, evidence: `port ${port}` }] };
  },
});
