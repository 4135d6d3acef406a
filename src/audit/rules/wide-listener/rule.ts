import type { CallFact } from '../../code/facts.ts';
import type { Hit } from '../../model.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const ALL_ADDRESSES: ReadonlySet<unknown> = new Set(['0.0.0.0', '::', '*']);
const LISTENS =
  /^(?:express|fastify|hono|@hono\/node-server|https?|koa|restify|polka|Bun|@modelcontextprotocol\/).*\b(?:listen|serve)$/;

/** What listens in Python: its options are passed by name, and stand first. */
const PYTHON =
  /^(?:uvicorn\.(?:run|Config)|aiohttp\.web\.(?:run_app|TCPSite)|(?:flask\.Flask|quart\.Quart|sanic\.Sanic)\(\)\.run|(?:mcp\.server|fastmcp)(?:\.\w+)*\.(?:FastMCP|MCPServer)(?:\(\)\.run(?:_\w+)?)?)$/;

function ofPython(fact: CallFact): readonly Hit[] {
  const host = fact.args[0]?.fields?.['host'];
  const place = placeAt(fact);
  if (host !== undefined && ALL_ADDRESSES.has(host.constant))
    return [{ message: 'It listens on every address', place, evidence: String(host.constant) }];
  if (host?.fallback === undefined || !ALL_ADDRESSES.has(host.fallback)) return [];
  const message = 'It listens on every address where the environment says no other';
  return [{ message, place, evidence: host.fallback }];
}

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'wide-listener',
    title: 'No server listens on every address by itself',
    failure: 'A server listens on every address of the machine',
    severity: 'medium',
    confidence: 'medium',
    controls: ['ARC-01'],
    method: 'static',
    remedy:
      'Listen on 127.0.0.1, and let whoever deploys it say another address. Without a host, Node listens on every address.',
    references: ['CVE-2026-54504', 'CVE-2026-23744', 'MCP 2026-07-28 basic/transports, security warning'],
  },
  ({ calls, handlers }) => {
    const listeners = calls.filter(({ symbol }) => LISTENS.test(symbol) || PYTHON.test(symbol));
    const isServer =
      handlers.length > 0 ||
      calls.some(({ symbol }) => /^(?:@modelcontextprotocol\/|mcp\.server|fastmcp)/.test(symbol));
    return listeners.length === 0 || !isServer ? undefined : { seen: listeners.length, facts: listeners };
  },
  (fact) => {
    if (PYTHON.test(fact.symbol)) return ofPython(fact);
    const [first, second] = fact.args;
    const host = first?.fields?.['host'] ?? first?.fields?.['hostname'] ?? second;
    if (host !== undefined && ALL_ADDRESSES.has(host.constant))
      return [{ message: 'It listens on every address', place: placeAt(fact), evidence: String(host.constant) }];
    // Whatever is no number may be the path of a socket.
    const isPort =
      typeof first?.constant === 'number' || first?.isNumber === true || first?.symbol?.endsWith('PORT') === true;
    const isLeftOut = host === undefined || host.isFunction === true;
    if (!isPort || !isLeftOut) return [];
    return [{ message: 'It listens without a host, and so on every address', place: placeAt(fact), confidence: 'low' }];
  },
);
