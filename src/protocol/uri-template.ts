/** A compiled RFC 6570 template whose expressions are simple (`{id}`) or reserved (`{+path}`). */
export interface UriTemplate {
  readonly template: string;
  readonly variables: readonly string[];
  /** The variables' decoded values, or `undefined` when the URI does not match. */
  match(uri: string): Readonly<Record<string, string>> | undefined;
  /** The URI with these values of the variables (RFC 6570, 3.2.2 and 3.2.3). */
  expand(values: Readonly<Record<string, string>>): string;
}

type Part = { readonly literal: string } | { readonly name: string; readonly reserved: boolean };

const EXPRESSION = /\{(\+?)([A-Za-z_][A-Za-z0-9_]*)\}/y;
const PLAIN = /^[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e\u00a0-\uffff]*$/;

/**
 * Compiles a URI template. A simple expression matches one path segment; a reserved one may span several.
 * @throws TypeError on an expression outside levels 1 and 2, two expressions without text between them, or a name used twice.
 */
export function compileUriTemplate(template: string): UriTemplate {
  const parts = parseParts(template);
  const variables = parts.flatMap((part) => ('name' in part ? [part.name] : []));
  if (new Set(variables).size !== variables.length) {
    throw new TypeError(`URI template "${template}": a variable is named twice. Give each its own name.`);
  }
  return Object.freeze({
    template,
    variables,
    match: (uri: string) => matchParts(parts, uri),
    expand: (values: Readonly<Record<string, string>>) =>
      parts
        .map((part) => ('literal' in part ? part.literal : encodeValue(values[part.name] ?? '', part.reserved)))
        .join(''),
  });
}

function parseParts(template: string): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < template.length) {
    if (template[at] !== '{') {
      const end = template.indexOf('{', at);
      parts.push({ literal: template.slice(at, end === -1 ? template.length : end) });
      at = end === -1 ? template.length : end;
      continue;
    }
    EXPRESSION.lastIndex = at;
    const match = EXPRESSION.exec(template);
    if (match === null) throw new TypeError(`URI template "${template}": use {name} or {+name} at offset ${at}.`);
    const last = parts.at(-1);
    if (last !== undefined && 'name' in last) {
      throw new TypeError(`URI template "${template}": put literal text between two expressions.`);
    }
    parts.push({ name: match[2] ?? '', reserved: match[1] === '+' });
    at = EXPRESSION.lastIndex;
  }
  return parts;
}

/** Linear: each literal is searched once, left to right, and a value never backtracks past its delimiter. */
function matchParts(parts: readonly Part[], uri: string): Readonly<Record<string, string>> | undefined {
  if (!PLAIN.test(uri)) return undefined;
  const values: Record<string, string> = Object.create(null);
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if ('literal' in part) {
      if (!uri.startsWith(part.literal, at)) return undefined;
      at += part.literal.length;
      continue;
    }
    const next = parts[index + 1];
    const end = next === undefined ? uri.length : 'literal' in next ? uri.indexOf(next.literal, at) : -1;
    if (end <= at) return undefined;
    const value = decodeValue(uri.slice(at, end), part.reserved);
    if (value === undefined) return undefined;
    values[part.name] = value;
    at = end;
  }
  return at === uri.length ? values : undefined;
}

/** Control characters, and the separator that only some file systems know. */
const FORBIDDEN_DECODED = /[\p{Cc}\\]/u;
/** What a second decoding would turn into a separator, a dot, a percent sign or a control character. */
const ENCODED_TWICE = /%(?:[01][0-9a-f]|2[35ef]|3f|5c|7f)/i;

/** Decodes once; a simple value that holds a separator, or decodes to one, is an escape from its segment. */
function decodeValue(raw: string, reserved: boolean): string | undefined {
  let value: string;
  try {
    value = decodeURIComponent(raw);
  } catch {
    return undefined;
  }
  if (FORBIDDEN_DECODED.test(value) || ENCODED_TWICE.test(value)) return undefined;
  if (!reserved && /[/?#]/.test(value)) return undefined;
  if (value.split('/').some((segment) => segment === '..' || segment === '.')) return undefined;
  return value;
}

/** What a simple expression keeps are the unreserved characters; a reserved one keeps all that has a meaning in a URI. */
function encodeValue(value: string, reserved: boolean): string {
  if (!reserved)
    return encodeURIComponent(value).replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  return encodeURI(value).replaceAll('%5B', '[').replaceAll('%5D', ']');
}
