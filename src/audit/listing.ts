import { isObject, type JsonObject } from '../protocol/json.ts';
import { resultOf } from './judge.ts';
import type { Connection, Reply } from './rule.ts';

const MOST_PAGES = 100;

/** Everything that a list gave, over all of its pages. */
export interface Listing {
  /** The first answer that was no page, else the first page. */
  readonly reply: Reply;
  readonly entries: readonly JsonObject[];
}

const MEMBER = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
} as const;

/** Follows a list to its end, because what is hidden would be hidden on the last page; at most 100 pages. */
export async function listAll(connection: Connection, method: keyof typeof MEMBER): Promise<Listing> {
  const entries: JsonObject[] = [];
  let first: Reply | undefined;
  let cursor: unknown;
  for (let page = 0; page < MOST_PAGES; page++) {
    const reply = await connection.request(method, typeof cursor === 'string' ? { cursor } : {});
    first ??= reply;
    const result = resultOf(reply);
    const listed = result?.[MEMBER[method]];
    if (!Array.isArray(listed)) return { reply, entries };
    entries.push(...listed.filter(isObject));
    cursor = result?.['nextCursor'];
    if (typeof cursor !== 'string') break;
  }
  return { reply: first ?? (await connection.request(method)), entries };
}
