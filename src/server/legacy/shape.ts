import type { Exchange } from '../../pipeline/context.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

/** Members that a definition, a server or a content block has from a revision on; the versions sort as text. */
const SINCE: ReadonlyMap<string, string> = new Map([
  ['title', '2025-06-18'],
  ['outputSchema', '2025-06-18'],
  ['_meta', '2025-06-18'],
  ['icons', '2025-11-25'],
  ['websiteUrl', '2025-11-25'],
]);

/** Members of a result that only the modern era has. */
const MODERN: ReadonlySet<string> = new Set(['resultType', 'ttlMs', 'cacheScope', '_meta']);

/** Gives a result the form that the revision of the exchange's session has (MCP 2025-11-25 schema and before). */
export function legacyResult(exchange: Exchange, result: JsonObject): JsonObject {
  const { message } = exchange;
  const version = exchange.version ?? '';
  const kept = Object.fromEntries(Object.entries(result).filter(([key]) => !MODERN.has(key)));
  switch (message?.kind === 'request' ? message.method : '') {
    case 'initialize':
      return { ...kept, serverInfo: older(kept['serverInfo'], version) };
    case 'tools/list':
      return { ...kept, tools: each(kept['tools'], (tool) => olderTool(tool, version)) };
    case 'resources/list':
      return { ...kept, resources: each(kept['resources'], (resource) => older(resource, version)) };
    case 'resources/templates/list':
      return { ...kept, resourceTemplates: each(kept['resourceTemplates'], (template) => older(template, version)) };
    case 'prompts/list':
      return { ...kept, prompts: each(kept['prompts'], (prompt) => olderPrompt(prompt, version)) };
    case 'prompts/get':
      return { ...kept, messages: each(kept['messages'], (message) => olderMessage(message, version)) };
    case 'tools/call':
      return olderCall(kept, version);
    default:
      return kept;
  }
}

function each(items: unknown, change: (item: unknown) => unknown): readonly unknown[] {
  return Array.isArray(items) ? items.map(change) : [];
}

function older(value: unknown, version: string): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => (SINCE.get(key) ?? '') <= version));
}

/** Structured content is an object in these revisions; any other is told by its text alone. */
function olderTool(tool: unknown, version: string): unknown {
  const kept = older(tool, version);
  if (!isObject(kept) || !isObject(kept['outputSchema']) || kept['outputSchema']['type'] === 'object') return kept;
  const { outputSchema: _, ...rest } = kept;
  return rest;
}

function olderPrompt(prompt: unknown, version: string): unknown {
  const kept = older(prompt, version);
  if (!isObject(kept) || kept['arguments'] === undefined) return kept;
  return { ...kept, arguments: each(kept['arguments'], (argument) => older(argument, version)) };
}

function olderMessage(message: unknown, version: string): unknown {
  return isObject(message) ? { ...message, content: olderBlock(message['content'], version) } : message;
}

function olderCall(result: JsonObject, version: string): JsonObject {
  const { structuredContent, ...rest } = result;
  const content = each(rest['content'], (block) => olderBlock(block, version));
  return version >= '2025-06-18' && isObject(structuredContent)
    ? { ...rest, content, structuredContent }
    : { ...rest, content };
}

/** Before 2025-06-18 a link is text: there is no block for it. */
function olderBlock(block: unknown, version: string): unknown {
  if (!isObject(block) || version >= '2025-11-25') return block;
  if (version >= '2025-06-18') return older(block, version);
  if (block['type'] === 'resource_link')
    return { type: 'text', text: `${String(block['name'])}: ${String(block['uri'])}` };
  return older(block, version);
}

/** Gives a request to the client the form that the revision of its session has. `id` names a URL elicitation. */
export function legacyQuestion(request: JsonObject, version: string, id: string): JsonObject {
  const { params } = request;
  if (request['method'] !== 'elicitation/create' || !isObject(params)) return request;
  if (params['mode'] === 'url') return { ...request, params: { elicitationId: id, ...params } };
  if (version >= '2025-11-25') return request;
  const { mode: _, ...form } = params;
  return { ...request, params: { ...form, requestedSchema: olderForm(form['requestedSchema']) } };
}

/** Before 2025-11-25 a choice is an `enum` with `enumNames`. */
function olderForm(schema: unknown): unknown {
  if (!isObject(schema) || !isObject(schema['properties'])) return schema;
  const properties = Object.entries(schema['properties']).map(([name, field]) => [name, olderField(field)] as const);
  return { ...schema, properties: Object.fromEntries(properties) };
}

function olderField(field: unknown): unknown {
  if (!isObject(field) || !Array.isArray(field['oneOf'])) return field;
  const { oneOf: _, ...rest } = field;
  const choices = field['oneOf'].filter(isObject);
  return {
    ...rest,
    type: 'string',
    enum: choices.map((choice) => choice['const']),
    enumNames: choices.map((choice) => choice['title'] ?? choice['const']),
  };
}
