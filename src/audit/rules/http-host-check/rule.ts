import type { CallFact } from '../../code/facts.ts';
import type { Hit } from '../../model.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const TRANSPORT = /^@modelcontextprotocol\/.*\b(?:StreamableHTTPServerTransport|SSEServerTransport)\.new$/;
/** What of the SDK checks hosts before the transport sees a request. */
const CHECKED =
  /(?:createMcpExpressApp|createMcpHonoApp|createMcpFastifyApp|hostHeaderValidation|localhostHostValidation|validateHostHeader|TrustedHostMiddleware)/;

/** Transports of the Python SDK, with the place of the settings of security among what is passed in order. */
const PYTHON =
  /^mcp\.server(?:\.\w+)*\.(StreamableHTTPSessionManager|StreamableHTTPServerTransport|SseServerTransport|websocket_server)$/;
const SETTINGS_AT: ReadonlyMap<string, number> = new Map([
  ['StreamableHTTPSessionManager', 4],
  ['StreamableHTTPServerTransport', 3],
  ['SseServerTransport', 1],
  ['websocket_server', 3],
]);
const SETTINGS = /^mcp\.server(?:\.\w+)*\.TransportSecuritySettings$/;

function ofPython(fact: CallFact, name: string): readonly Hit[] {
  const [named, ...others] = fact.args;
  const settings = named?.fields?.['security_settings'] ?? others[SETTINGS_AT.get(name) ?? 0];
  if (named?.isOpen === true || (settings !== undefined && settings.constant !== null)) return [];
  return [{ message: 'The transport is made without a list of hosts', place: placeAt(fact) }];
}

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'http-host-check',
    title: 'Each HTTP transport compares the host that is asked for',
    failure: 'An HTTP transport answers whatever host is asked for',
    severity: 'high',
    confidence: 'medium',
    controls: ['ARC-02'],
    method: 'static',
    remedy:
      'Give the transport enableDnsRebindingProtection and allowedHosts, or use the app of the SDK that checks hosts. Otherwise a web page reaches the server under a name of its own.',
    references: ['CVE-2025-66414', 'CVE-2025-9611', 'MCP 2026-07-28 basic/transports, security warning'],
  },
  ({ calls, settings }) => {
    const transports = calls.filter(
      ({ symbol }) => TRANSPORT.test(symbol) || PYTHON.test(symbol) || SETTINGS.test(symbol),
    );
    if (transports.length === 0) return undefined;
    // A check of its own is left to a probe of the running server.
    const isChecked =
      calls.some(({ symbol }) => CHECKED.test(symbol)) || settings.some(({ setting }) => setting === 'reads-host');
    return { seen: transports.length, facts: isChecked ? [] : transports };
  },
  (fact) => {
    const name = PYTHON.exec(fact.symbol)?.[1];
    if (name !== undefined) return ofPython(fact, name);
    if (SETTINGS.test(fact.symbol)) {
      const isOff = fact.args[0]?.fields?.['enable_dns_rebinding_protection']?.constant === false;
      return isOff ? [{ message: 'The check of hosts is switched off', place: placeAt(fact) }] : [];
    }
    const options = fact.args.find(({ fields }) => fields !== undefined);
    const protection = options?.fields?.['enableDnsRebindingProtection'];
    if (options?.isOpen === true || (protection !== undefined && protection.constant !== false)) return [];
    // What it is given may be made elsewhere.
    const isUnseen = options === undefined && fact.args.length > 0;
    return [
      {
        message: 'The transport is made without a list of hosts',
        place: placeAt(fact),
        confidence: isUnseen || fact.isBuilt ? 'low' : 'medium',
      },
    ];
  },
);
