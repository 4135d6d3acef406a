import { isUtf8 } from 'node:buffer';

const PREFIX = '=?base64?';
const SUFFIX = '?=';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const VISIBLE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

/**
 * Decodes the value of `Mcp-Name` or `Mcp-Param-*`: plain visible ASCII, or the Base64 sentinel
 * (MCP 2026-07-28 basic/transports/streamable-http#value-encoding). `undefined` when it is malformed.
 */
export function decodeHeaderValue(raw: string): string | undefined {
  if (raw.startsWith(PREFIX) && raw.endsWith(SUFFIX) && raw.length >= PREFIX.length + SUFFIX.length) {
    const encoded = raw.slice(PREFIX.length, -SUFFIX.length);
    if (!BASE64.test(encoded)) return undefined;
    const bytes = Buffer.from(encoded, 'base64');
    return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  }
  return raw === '' || VISIBLE.test(raw) ? raw : undefined;
}

/** Writes a value of `Mcp-Name` or `Mcp-Param-*`: as it is where a header can carry it, or as the Base64 sentinel. */
export function encodeHeaderValue(value: string): string {
  const isPlain = VISIBLE.test(value) && !(value.startsWith(PREFIX) && value.endsWith(SUFFIX));
  return isPlain ? value : PREFIX + Buffer.from(value).toString('base64') + SUFFIX;
}
