import type { JsonObject } from './json.ts';

const name = { type: 'string', minLength: 1, maxLength: 128 };
const uri = { type: 'string', minLength: 1, maxLength: 4096 };
const text = { type: 'string', maxLength: 65_536 };
const texts = { type: 'object', maxProperties: 64, additionalProperties: text };
const label = { type: 'string', maxLength: 256 };
const meta = {
  type: 'object',
  maxProperties: 64,
  properties: { progressToken: { type: ['string', 'integer'], maxLength: 256 } },
};

/** Members that a revision of its own time added are tolerated and ignored; how many there may be is bounded. */
function shape(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return Object.freeze({ type: 'object', maxProperties: 64, properties: { _meta: meta, ...properties }, required });
}

const list = shape({ cursor: { type: 'string', maxLength: 4096 } });
const named = shape({ uri }, ['uri']);

/**
 * JSON Schema of `params` of every request that a client of MCP 2025-11-25, 2025-06-18 or 2025-03-26 may send, by
 * method. A method that is not here does not exist in that era.
 */
export const LEGACY_REQUESTS: ReadonlyMap<string, JsonObject> = new Map([
  [
    'initialize',
    shape(
      {
        protocolVersion: { type: 'string', minLength: 1, maxLength: 64 },
        capabilities: { type: 'object', maxProperties: 64 },
        clientInfo: {
          type: 'object',
          maxProperties: 64,
          properties: { name: label, version: label },
          required: ['name', 'version'],
        },
      },
      ['protocolVersion', 'capabilities', 'clientInfo'],
    ),
  ],
  ['ping', shape({})],
  [
    'logging/setLevel',
    shape({ level: { enum: ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] } }, [
      'level',
    ]),
  ],
  ['tools/list', list],
  ['tools/call', shape({ name, arguments: { type: 'object' } }, ['name'])],
  ['resources/list', list],
  ['resources/templates/list', list],
  ['resources/read', named],
  ['resources/subscribe', named],
  ['resources/unsubscribe', named],
  ['prompts/list', list],
  ['prompts/get', shape({ name, arguments: texts }, ['name'])],
  [
    'completion/complete',
    shape(
      {
        ref: {
          oneOf: [
            { type: 'object', properties: { type: { const: 'ref/prompt' }, name }, required: ['type', 'name'] },
            { type: 'object', properties: { type: { const: 'ref/resource' }, uri }, required: ['type', 'uri'] },
          ],
        },
        argument: {
          type: 'object',
          properties: { name, value: { type: 'string', maxLength: 4096 } },
          required: ['name', 'value'],
        },
        context: { type: 'object', properties: { arguments: texts } },
      },
      ['ref', 'argument'],
    ),
  ],
]);
