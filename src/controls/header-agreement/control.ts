import type { IncomingHttpHeaders } from 'node:http';
import { decodeHeaderValue } from '../../protocol/header-value.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { REQUESTS } from '../../protocol/requests.ts';
import type { MirroredParameter } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange, HttpFacts } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Compares `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name` and the recognised `Mcp-Param-*` headers with the body
 * before anything is decided on either: whoever routes by the header and whoever acts on the body see the same request
 * (MCP 2026-07-28 basic/transports/streamable-http#server-validation).
 */
export function configure(settings: Settings): Decide {
  const { tools } = settings.catalog;
  return function headerAgreement(exchange: Exchange): Decision {
    const { http, message } = exchange;
    if (http === undefined || exchange.era !== 'modern' || message?.kind !== 'request') return PASS;
    const headers = http.headers;
    if (headers['mcp-protocol-version'] !== exchange.version) return mismatch('MCP-Protocol-Version');
    if (headers['mcp-method'] !== message.method) return mismatch('Mcp-Method');
    const named = REQUESTS.get(message.method)?.named;
    if (named !== undefined) {
      const expected = message.params[named];
      const sent = headers['mcp-name'];
      const decoded = typeof sent === 'string' ? decodeHeaderValue(sent) : undefined;
      if (decoded === undefined || decoded !== expected) return mismatch('Mcp-Name');
    }
    if (repeated(http)) return mismatch('a header that is sent twice');
    if (message.method !== 'tools/call') return PASS;
    const name = message.params['name'];
    const tool = typeof name === 'string' ? tools.get(name) : undefined;
    return tool === undefined || tool.mirrored.length === 0
      ? PASS
      : compareParameters(tool.mirrored, message.params, headers);
  };
}

function mismatch(what: string): Decision {
  return deny('HEADER_MISMATCH', { detail: `${what} does not match the body` });
}

/** node joins repeated headers with a comma; an intermediary may have looked at either. */
function repeated({ rawHeaders }: HttpFacts): boolean {
  let seen = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i];
    if (raw === undefined || raw.charCodeAt(3) !== 0x2d) continue;
    const name = raw.toLowerCase();
    if (!name.startsWith('mcp-')) continue;
    if (seen.includes(`\n${name}\n`)) return true;
    seen += `\n${name}\n`;
  }
  return false;
}

function compareParameters(
  mirrored: readonly MirroredParameter[],
  params: JsonObject,
  headers: IncomingHttpHeaders,
): Decision {
  for (const parameter of mirrored) {
    const value = valueAt(params['arguments'], parameter.path);
    const sent = headers[parameter.header];
    const absent = value === undefined || value === null;
    if (absent && sent === undefined) continue;
    if (absent || typeof sent !== 'string' || !agrees(decodeHeaderValue(sent), value, parameter.type)) {
      return mismatch(parameter.header);
    }
  }
  return PASS;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function agrees(sent: string | undefined, value: unknown, type: MirroredParameter['type']): boolean {
  if (sent === undefined) return false;
  if (type === 'string') return sent === value;
  if (type === 'boolean') return typeof value === 'boolean' && sent === String(value);
  return typeof value === 'number' && /^-?\d{1,16}(?:\.0+)?$/.test(sent) && Number(sent) === value;
}
