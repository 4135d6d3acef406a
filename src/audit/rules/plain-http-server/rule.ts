import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';

const LOOPBACK = /^(?:localhost|(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'plain-http-server',
    title: 'Servers elsewhere are reached over TLS',
    failure: 'A server elsewhere is reached without TLS',
    severity: 'high',
    confidence: 'high',
    controls: ['ARC-03'],
    method: 'config',
    remedy: 'Use its https URL. Over http anyone on the way reads the token and writes the answers.',
    references: ['MCP 2026-07-28 basic/authorization, communication security', 'OWASP MCP Top 10 MCP07'],
  },
  ({ servers }) => servers.filter(({ url }) => url !== undefined),
  ({ file, name, url, headers }) => {
    const parsed = url === undefined ? null : URL.parse(url.value);
    if (url === undefined || parsed === null) return [];
    if (!/^(?:http|ws):$/.test(parsed.protocol) || LOOPBACK.test(parsed.hostname)) return [];
    const withToken = headers.some((each) => /^(?:authorization|cookie|x-api-key)$/i.test(each.name));
    return [
      {
        message: `"${name}" is reached without TLS${withToken ? ', and a credential goes with it' : ''}`,
        place: placeIn(file, url),
        evidence: parsed.origin,
        ...(withToken ? { severity: 'critical' as const } : {}),
      },
    ];
  },
);
