import { META, type Era } from '../../protocol/versions.ts';
import { isObject, parseJson, type JsonLimits, type JsonObject } from '../../protocol/json.ts';
import { parseEnvelope, type Message } from '../../protocol/message.ts';
import { REQUEST_META } from '../../protocol/requests.ts';
import { parseTraceId } from '../../protocol/trace.ts';
import { compile } from '../../schema/compile.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/**
 * Parses the body strictly, checks the JSON-RPC envelope and, in the modern era, the `_meta` that every request must
 * carry (MCP 2026-07-28 basic/index). Nothing is decided on a message before it has passed here. The GET and DELETE of
 * the legacy era have no message.
 */
export function configure(settings: Settings): Decide {
  const checkMeta = compile(REQUEST_META);
  const limits = jsonLimits(settings);
  const strict = isOn(settings, 'message-validation');
  return function messageValidation(exchange: Exchange): Decision {
    const { http } = exchange;
    if (http !== undefined && http.method !== 'POST' && exchange.era === 'legacy') return PASS;
    if (exchange.message === undefined) {
      const denial = strict ? parseStrictly(exchange, limits) : parseLoosely(exchange);
      if (denial !== undefined) return denial;
    }
    const message = exchange.message;
    if (message === undefined || message.kind !== 'request') return PASS;
    const meta = message.params['_meta'];
    if (exchange.era === 'legacy') {
      readProgress(exchange, isObject(meta) ? meta : {});
      return PASS;
    }
    if (strict) {
      const issues = isObject(meta)
        ? checkMeta(meta)
        : [{ path: '/_meta', rule: 'required', message: '_meta is required' }];
      if (issues !== undefined)
        return deny('PARAMS_INVALID', { detail: issues.map((issue) => issue.message).join('; ') });
    }
    readMeta(exchange, isObject(meta) ? meta : {});
    return PASS;
  };
}

function jsonLimits({ limits, weakened }: Settings): JsonLimits {
  if (weakened.has('size-limits')) return { depth: 4096, string: Infinity, items: Infinity, keys: Infinity };
  return { depth: limits.depth, string: limits.stringUnits, items: limits.items, keys: limits.keys };
}

function parseStrictly(exchange: Exchange, limits: JsonLimits): Decision | undefined {
  const parsed = parseJson(exchange.body ?? Buffer.alloc(0), limits);
  if ('problem' in parsed) return deny('PARSE_FAILED', { detail: parsed.problem });
  const envelope = parseEnvelope(parsed.value);
  if (!('problem' in envelope)) {
    exchange.message = envelope;
    return undefined;
  }
  if (envelope.id !== undefined) exchange.message = { kind: 'request', id: envelope.id, method: '', params: {} };
  return deny(envelope.batch ? 'BATCH_REFUSED' : 'MESSAGE_INVALID', { detail: envelope.problem });
}

/** With the control off: whatever `JSON.parse` makes of the body, as most servers do. */
function parseLoosely(exchange: Exchange): Decision | undefined {
  try {
    const value: unknown = JSON.parse((exchange.body ?? Buffer.alloc(0)).toString('utf8'));
    if (!isObject(value)) return deny('MESSAGE_INVALID');
    const params = isObject(value['params']) ? value['params'] : {};
    const id = value['id'];
    const identified = typeof id === 'string' || typeof id === 'number';
    if (typeof value['method'] !== 'string') {
      if (!identified) return deny('MESSAGE_INVALID');
      exchange.message = { kind: 'response', id, result: value['result'] };
      return undefined;
    }
    const message: Message = identified
      ? { kind: 'request', id, method: value['method'], params }
      : { kind: 'notification', method: value['method'], params };
    exchange.message = message;
    return undefined;
  } catch {
    return deny('PARSE_FAILED');
  }
}

function readMeta(exchange: Exchange, meta: JsonObject): void {
  const version = meta[META.version];
  exchange.version = typeof version === 'string' ? version : undefined;
  const capabilities = meta[META.capabilities];
  exchange.clientCapabilities = isObject(capabilities) ? capabilities : undefined;
  const level = meta[META.logLevel];
  exchange.logLevel = typeof level === 'string' ? level : undefined;
  readProgress(exchange, meta);
}

function readProgress(exchange: Exchange, meta: JsonObject): void {
  const token = meta['progressToken'];
  exchange.progressToken = typeof token === 'string' || typeof token === 'number' ? token : undefined;
  exchange.trace = parseTraceId(meta['traceparent']);
}

/**
 * Which era a parsed body belongs to: modern when it carries a version on the request, or its header names the modern
 * revision (MCP 2026-07-28 basic/versioning#backward-compatibility-with-initialization-based-versions).
 */
export function eraOf(value: unknown, versionHeader: string | undefined, modern: string): Era {
  if (versionHeader === modern) return 'modern';
  const params = isObject(value) ? value['params'] : undefined;
  const meta = isObject(params) ? params['_meta'] : undefined;
  return isObject(meta) && Object.hasOwn(meta, META.version) ? 'modern' : 'legacy';
}
