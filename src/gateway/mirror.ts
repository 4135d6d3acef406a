import { encodeHeaderValue } from '../protocol/header-value.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { headerAnnotations, type HeaderAnnotation } from '../schema/header-annotations.ts';
import { SchemaError } from '../schema/json-schema.ts';

/** The arguments of tools that an upstream wants to see in headers too, as `x-mcp-header` in its schemas says. */
export class Mirrors {
  #of: ReadonlyMap<string, readonly HeaderAnnotation[]> = new Map();
  #next = new Map<string, readonly HeaderAnnotation[]>();

  /**
   * Learns from one page of a list, and gives the tools of it that may be offered: one whose annotations are not valid, or would
   * spread a secret to logs, may not (MCP 2026-07-28 basic/transports/streamable-http#schema-extension).
   */
  learn(tools: readonly unknown[], isFirst: boolean, isLast: boolean, dropped: (name: string) => void): unknown[] {
    if (isFirst) this.#next = new Map();
    const kept = tools.filter((tool) => {
      if (!isObject(tool) || typeof tool['name'] !== 'string') return true;
      const found = readAnnotations(tool['inputSchema']);
      if (found === undefined) dropped(tool['name']);
      else if (found.length > 0) this.#next.set(tool['name'], found);
      return found !== undefined;
    });
    if (isLast) this.#of = this.#next;
    return kept;
  }

  /** The headers of a call; undefined where its tool wants none. */
  headersFor({ name, arguments: args }: JsonObject): Readonly<Record<string, string>> | undefined {
    const annotations = typeof name === 'string' ? this.#of.get(name) : undefined;
    if (annotations === undefined) return undefined;
    const headers: Record<string, string> = {};
    for (const { path, header } of annotations) {
      const value = valueAt(args, path);
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        headers[`mcp-param-${header.toLowerCase()}`] = encodeHeaderValue(String(value));
    }
    return headers;
  }
}

/** Undefined where they are not valid. A schema that cannot be read at all is judged where it is pinned. */
function readAnnotations(schema: unknown): readonly HeaderAnnotation[] | undefined {
  if (!isObject(schema) || !JSON.stringify(schema).includes('"x-mcp-header"')) return [];
  try {
    const { headers, problems } = headerAnnotations(schema);
    return problems.length === 0 ? headers : undefined;
  } catch (error) {
    if (error instanceof SchemaError) return undefined;
    throw error;
  }
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
