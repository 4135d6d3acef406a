import { isObject, type JsonObject } from '../../protocol/json.ts';
import type { Target } from '../../pipeline/catalog.ts';
import { deny } from '../../pipeline/decision.ts';
import { isOn } from '../../pipeline/settings.ts';
import { Refusal } from '../refusal.ts';
import { LIST_TTL_MS } from './discover.ts';
import { paramsOf, type Method, type MethodCall } from './method.ts';

const RESOURCE_FIELDS = ['uri', 'name', 'title', 'description', 'mimeType', 'size', 'icons', 'annotations'];

/** What an author's `list` gives is a message of ours: a client must not have to cope with an item that is none. */
function checkListed({ parts }: MethodCall, entry: JsonObject): JsonObject {
  const whole = isObject(entry) && typeof entry['uri'] === 'string' && typeof entry['name'] === 'string';
  if (!whole && isOn(parts.settings, 'message-validation'))
    throw new Refusal(deny('OUTPUT_INVALID', { detail: 'a listed resource without uri or name' }));
  return entry;
}

/** INVARIANT: what was filtered for one caller is never marked as fit for another. */
function page(call: MethodCall, key: string, items: readonly JsonObject[]): JsonObject {
  const { exchange, parts } = call;
  const offset = parts.cursors.read(exchange, paramsOf(exchange)['cursor']);
  if (typeof offset !== 'number') throw new Refusal(offset.pass ? deny('CURSOR_INVALID') : offset);
  const { pageSize, resultBytes } = parts.settings.limits;
  const end = offset + fitting(items.slice(offset, offset + pageSize), resultBytes / 2);
  return {
    [key]: items.slice(offset, end),
    ...(end < items.length ? { nextCursor: parts.cursors.write(exchange, end) } : {}),
    ttlMs: LIST_TTL_MS,
    cacheScope: 'private',
  };
}

/** How many fit, and one at least: some servers write kilobytes about each of their tools. */
function fitting(items: readonly JsonObject[], most: number): number {
  let bytes = 0;
  const over = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > most;
  });
  return over === -1 ? items.length : Math.max(1, over);
}

function visible<T extends Target>({ exchange, parts }: MethodCall, entries: Iterable<T>): T[] {
  return exchange.principal === undefined ? [] : parts.visible(entries, exchange.principal);
}

function definitions(call: MethodCall, entries: Iterable<Target>): readonly JsonObject[] {
  return visible(call, entries).map((entry) => call.parts.fields.definition(entry));
}

/** `tools/list`, `prompts/list`, `resources/templates/list` and `resources/list`, in the order of declaration. */
export const listTools: Method = (call) =>
  page(call, 'tools', definitions(call, call.parts.settings.catalog.tools.values()));

/** See {@link listTools}. */
export const listPrompts: Method = (call) =>
  page(call, 'prompts', definitions(call, call.parts.settings.catalog.prompts.values()));

/** See {@link listTools}. */
export const listTemplates: Method = (call) =>
  page(call, 'resourceTemplates', definitions(call, call.parts.settings.catalog.templates));

/** See {@link listTools}. Templates add the concrete resources that their author lists for this caller. */
export const listResources: Method = async (call) => {
  const { catalog } = call.parts.settings;
  const items = [...definitions(call, catalog.resources.values())];
  for (const template of visible(call, catalog.templates)) {
    const { list } = template;
    if (list === undefined) continue;
    const listed = (await call.perform(template, (ctx) => list(ctx))) as readonly JsonObject[];
    for (const entry of listed) items.push(call.parts.fields.project(checkListed(call, entry), RESOURCE_FIELDS));
  }
  return page(call, 'resources', items);
};
