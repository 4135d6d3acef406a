import type { CallFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';
import type { Spot } from '../../code/facts.ts';

const TRANSPORT = /^@modelcontextprotocol\/.*(?:StreamableHTTPServerTransport|SSEServerTransport)\.new$/;
const LISTENS = /^(?:express|fastify|hono|@hono\/node-server|https?|koa|restify|polka)\b.*\b(?:listen|serve)$/;
const ALL_ADDRESSES: ReadonlySet<unknown> = new Set(['0.0.0.0', '::', '*']);

/** See `meta`. */
export const rule: CodeRule<Spot> = codeRule<Spot>(
  {
    id: 'open-endpoint',
    title: 'A server of the network asks who calls',
    failure: 'A server of the network asks nobody who calls',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-01', 'ARC-01'],
    method: 'static',
    remedy:
      'Demand a token of every request (requireBearerAuth of the SDK, with a verifier that checks the audience), or listen on 127.0.0.1.',
    references: ['CVE-2026-54309', 'CWE-306', 'MCP 2026-07-28 basic/authorization'],
  },
  ({ calls, handlers, settings }) => {
    const transports = calls.filter(({ symbol }) => TRANSPORT.test(symbol));
    const isWide = calls.some((call) => LISTENS.test(call.symbol) && isEverywhere(call));
    // Whatever is named like a credential may be what callers are asked for.
    if (transports.length === 0 || !isWide || settings.some(({ setting }) => setting === 'names-credential'))
      return undefined;
    const routes = handlers.filter(({ kind }) => kind === 'route');
    const spots = transports.map((transport) => {
      const before = routes.filter(({ file, line }) => file === transport.file && line <= transport.line);
      return before.at(-1) ?? transport;
    });
    return {
      seen: transports.length,
      facts: [...new Map(spots.map((spot) => [`${spot.file}:${spot.line}`, spot])).values()],
    };
  },
  (spot) => [
    { message: 'Whoever reaches it is served: nothing in the code asks for a credential', place: placeAt(spot) },
  ],
);

/** Whether it listens on every address, said or by leaving it out. */
function isEverywhere({ args: [first, second] }: CallFact): boolean {
  const host = first?.fields?.['host'] ?? first?.fields?.['hostname'] ?? second;
  if (host !== undefined && host.isFunction !== true) return ALL_ADDRESSES.has(host.constant);
  return typeof first?.constant === 'number' || first?.isNumber === true || first?.symbol?.endsWith('PORT') === true;
}
