import type { JsonObject } from '../protocol/json.ts';

/** Types of content block that a tool or prompt can give (MCP 2026-07-28 server/tools#tool-result). */
export type ContentType = 'text' | 'image' | 'audio' | 'resource_link' | 'resource';

/** Hints on a content block. */
export interface ContentAnnotations {
  readonly audience?: readonly ('user' | 'assistant')[];
  readonly priority?: number;
  readonly lastModified?: string;
}

/** One content block. Binary data is base64. */
export type ContentBlock = { readonly annotations?: ContentAnnotations } & (
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly data: string; readonly mimeType: string }
  | { readonly type: 'audio'; readonly data: string; readonly mimeType: string }
  | {
      readonly type: 'resource_link';
      readonly uri: string;
      readonly name: string;
      readonly title?: string;
      readonly description?: string;
      readonly mimeType?: string;
      readonly size?: number;
    }
  | {
      readonly type: 'resource';
      readonly resource:
        | { readonly uri: string; readonly mimeType?: string; readonly text: string }
        | { readonly uri: string; readonly mimeType?: string; readonly blob: string };
    }
);

/** Declares a tool's output as content blocks of the named types instead of a schema. */
export interface ContentOutput {
  readonly content: readonly ContentType[];
}

const TYPES: ReadonlySet<string> = new Set<ContentType>(['text', 'image', 'audio', 'resource_link', 'resource']);

/**
 * Declares unstructured output: `output: content('text', 'image')`. The handler returns an array of blocks.
 * @throws TypeError on a type that the specification does not have.
 */
export function content(...types: readonly ContentType[]): ContentOutput {
  for (const type of types) {
    if (!TYPES.has(type)) throw new TypeError(`content(): "${type}" is no content type. Use ${[...TYPES].join(', ')}.`);
  }
  if (types.length === 0) throw new TypeError('content(): name at least one content type, such as "text".');
  return Object.freeze({ content: Object.freeze([...types]) });
}

/** Whether a declared output is {@link ContentOutput}. */
export function isContentOutput(output: object): output is ContentOutput {
  return 'content' in output && Array.isArray(output.content);
}

const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['type', 'text', 'annotations']],
  ['image', ['type', 'data', 'mimeType', 'annotations']],
  ['audio', ['type', 'data', 'mimeType', 'annotations']],
  ['resource_link', ['type', 'uri', 'name', 'title', 'description', 'mimeType', 'size', 'annotations']],
  ['resource', ['type', 'resource', 'annotations']],
]);

/** The fields that a block of this type may have on the wire. */
export function contentFields(type: string): readonly string[] {
  return FIELDS.get(type) ?? [];
}

/** What is wrong with a content block, if anything. */
export function contentProblem(block: unknown, allowed: ReadonlySet<string>): string | undefined {
  if (typeof block !== 'object' || block === null) return 'a content block is not an object';
  const fields = block as JsonObject;
  const type = fields['type'];
  if (typeof type !== 'string' || !allowed.has(type)) return 'a content block has a type that the tool did not declare';
  if (type === 'text') return typeof fields['text'] === 'string' ? undefined : 'a text block has no text';
  if (type === 'image' || type === 'audio') {
    if (typeof fields['mimeType'] !== 'string' || !fields['mimeType'].startsWith(`${type}/`))
      return `a block is not ${type}/*`;
    return isBase64(fields['data']) ? undefined : 'a block holds no base64';
  }
  if (type === 'resource_link') {
    return typeof fields['uri'] === 'string' && typeof fields['name'] === 'string'
      ? undefined
      : 'a link has no uri or name';
  }
  return contentsProblem(fields['resource']);
}

/** What is wrong with resource contents, if anything. */
export function contentsProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'resource contents are not an object';
  const fields = value as JsonObject;
  if (typeof fields['uri'] !== 'string') return 'resource contents have no uri';
  if (typeof fields['text'] === 'string') return undefined;
  return isBase64(fields['blob']) ? undefined : 'resource contents hold neither text nor a base64 blob';
}

function isBase64(value: unknown): boolean {
  if (typeof value !== 'string' || value.length % 4 !== 0) return false;
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}
