import { isObject, type JsonObject } from '../protocol/json.ts';
import { findCredential, holdsRandom } from '../text/credential-shape.ts';
import { readPlace } from './http/place.ts';
import type { UpstreamOptions } from './options.ts';

/** A server behind a URL, as a client's configuration has it. */
export interface ImportedUrl {
  readonly options: UpstreamOptions;
  /** The credential that it is sent: its header, and the value without the scheme. */
  readonly credential:
    | { readonly header: string; readonly scheme: string | undefined; readonly value: string }
    | undefined;
  /** Headers that are not taken over, since a gateway sends no other than a credential. */
  readonly dropped: readonly string[];
}

/** What clients call Streamable HTTP. */
const STREAMABLE = new Set(['http', 'streamable-http', 'streamablehttp', 'streamable_http']);
const SCHEMED = /^([A-Za-z][A-Za-z0-9-]{0,31}) +(\S.*)$/;
/** Names of headers that hold a credential. */
const CREDENTIAL = /(?:^|-)(?:authorization|auth|token|key|apikey|secret|password|credential|pat|jwt|bearer)s?(?:-|$)/i;

/**
 * Reads an entry with a URL; undefined where it has none.
 * @returns Why it is left out, or what it comes to.
 */
export function readUrlEntry(id: string, entry: JsonObject): ImportedUrl | string | undefined {
  // Windsurf has a name of its own for it.
  const url = entry['url'] ?? entry['serverUrl'];
  if (typeof url !== 'string') return undefined;
  const { type } = entry;
  const kind = typeof type === 'string' ? type.toLowerCase() : 'http';
  if (kind === 'sse')
    return 'it speaks the SSE transport of 2024-11-05, which is not spoken here. Give the URL of its Streamable HTTP';
  if (!STREAMABLE.has(kind)) return `its type ${JSON.stringify(type)} is none that is known`;
  if (url.includes('${')) return 'its URL holds a variable of the client. Write it out';
  try {
    readPlace(id, { url });
  } catch (error) {
    // What is said of it is for a file that exists; the URL itself may hold a credential and is not repeated.
    const why = error instanceof Error ? error.message : '';
    return `its URL cannot be taken: ${why.slice(why.indexOf(': ') + 2)}`;
  }
  return splitHeaders(url, entry['headers']);
}

function splitHeaders(url: string, given: unknown): ImportedUrl | string {
  const headers = Object.entries(isObject(given) ? given : {}).map(([name, value]) => [name, String(value)] as const);
  const secret = headers.filter(([name, value]) => isCredential(name, value));
  if (secret.length > 1)
    return `it is sent several credentials (${secret.map(([name]) => name).join(', ')}), and one can be configured`;
  const dropped = headers.flatMap(([name, value]) => (isCredential(name, value) ? [] : [name]));
  const [found] = secret;
  if (found === undefined) return { options: { url }, credential: undefined, dropped };
  const [header, text] = found;
  const [, scheme, value = text] = SCHEMED.exec(text) ?? [];
  return { options: { url }, credential: { header: header.toLowerCase(), scheme, value }, dropped };
}

function isCredential(name: string, value: string): boolean {
  return CREDENTIAL.test(name) || findCredential(value) !== undefined || holdsRandom(value) || value.includes('${');
}
