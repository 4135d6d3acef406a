import type { JsonObject } from './json.ts';

/** How the requests of the modern era look: one row per method that a client may send (MCP 2026-07-28 schema). */
export interface RequestShape {
  /** JSON Schema of `params` without `_meta`, which has its own check. */
  readonly params: JsonObject;
  /** The member of `params` that `Mcp-Name` mirrors. */
  readonly named: 'name' | 'uri' | undefined;
  /** Whether the answer may ask for more input (basic/patterns/mrtr#supported-requests). */
  readonly rounds: boolean;
}

const name = { type: 'string', minLength: 1, maxLength: 128 };
const uri = { type: 'string', minLength: 1, maxLength: 4096 };
const cursor = { type: 'string', maxLength: 4096 };
const meta = { type: 'object' };
const rounds = {
  inputResponses: { type: 'object', maxProperties: 32, additionalProperties: { type: 'object' } },
  requestState: { type: 'string', maxLength: 65_536 },
};
const text = { type: 'string', maxLength: 65_536 };
const texts = { type: 'object', maxProperties: 64, additionalProperties: text };

function shape(
  properties: JsonObject,
  required: readonly string[] = [],
  more: Partial<Pick<RequestShape, 'named' | 'rounds'>> = {},
): RequestShape {
  return Object.freeze({
    params: { type: 'object', properties: { _meta: meta, ...properties }, required, additionalProperties: false },
    named: more.named,
    rounds: more.rounds ?? false,
  });
}

const list = shape({ cursor });
const reference = {
  oneOf: [
    {
      type: 'object',
      properties: { type: { const: 'ref/prompt' }, name, title: { type: 'string', maxLength: 256 } },
      required: ['type', 'name'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { type: { const: 'ref/resource' }, uri },
      required: ['type', 'uri'],
      additionalProperties: false,
    },
  ],
};

/** Every request of MCP 2026-07-28, by method. A method that is not here does not exist. */
export const REQUESTS: ReadonlyMap<string, RequestShape> = new Map([
  ['server/discover', shape({})],
  ['tools/list', list],
  ['tools/call', shape({ name, arguments: { type: 'object' }, ...rounds }, ['name'], { named: 'name', rounds: true })],
  ['resources/list', list],
  ['resources/templates/list', list],
  ['resources/read', shape({ uri, ...rounds }, ['uri'], { named: 'uri', rounds: true })],
  ['prompts/list', list],
  ['prompts/get', shape({ name, arguments: texts, ...rounds }, ['name'], { named: 'name', rounds: true })],
  [
    'completion/complete',
    shape(
      {
        ref: reference,
        argument: {
          type: 'object',
          properties: { name, value: { type: 'string', maxLength: 4096 } },
          required: ['name', 'value'],
          additionalProperties: false,
        },
        context: { type: 'object', properties: { arguments: texts }, additionalProperties: false },
      },
      ['ref', 'argument'],
    ),
  ],
  [
    'subscriptions/listen',
    shape(
      {
        notifications: {
          type: 'object',
          properties: {
            toolsListChanged: { type: 'boolean' },
            promptsListChanged: { type: 'boolean' },
            resourcesListChanged: { type: 'boolean' },
            resourceSubscriptions: { type: 'array', maxItems: 1024, items: uri },
          },
          additionalProperties: false,
        },
      },
      ['notifications'],
    ),
  ],
]);

const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

/** Severity of a log level, 0 for `debug`; -1 when it is none (RFC 5424 section 6.2.1 names). */
export function logSeverity(level: string): number {
  return LOG_LEVELS.findIndex((known) => known === level);
}

/** JSON Schema of the `_meta` of a modern request (MCP 2026-07-28 basic/index#meta). Vendor keys are ignored. */
export const REQUEST_META: JsonObject = Object.freeze({
  type: 'object',
  maxProperties: 64,
  properties: {
    progressToken: { type: ['string', 'integer'], maxLength: 256 },
    'io.modelcontextprotocol/protocolVersion': { type: 'string', minLength: 1, maxLength: 64 },
    'io.modelcontextprotocol/clientInfo': {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 256 }, version: { type: 'string', maxLength: 256 } },
      required: ['name', 'version'],
    },
    'io.modelcontextprotocol/clientCapabilities': { type: 'object' },
    'io.modelcontextprotocol/logLevel': { enum: LOG_LEVELS },
  },
  required: ['io.modelcontextprotocol/protocolVersion', 'io.modelcontextprotocol/clientCapabilities'],
});
