import { wordsOf } from './fields.ts';
import { inspect, short } from './inspect.ts';
import { isObject, type JsonSchema, type Problem } from './json-schema.ts';

/** A parameter that clients repeat in the header `Mcp-Param-<header>`. */
export interface HeaderAnnotation {
  /** Names of the properties from the root of the arguments to the value. */
  readonly path: readonly string[];
  /** The name part of the header, as written. */
  readonly header: string;
  readonly type: 'string' | 'integer' | 'boolean';
}

const KEYWORD = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/**
 * Reads the `x-mcp-header` annotations of an input schema and checks each rule of MCP 2026-07-28
 * basic/transports/streamable-http#schema-extension; secrets and personal data are refused as well (TDS-09), because
 * proxies log headers. A schema with problems must not be offered.
 * @throws SchemaError for a schema that `inspect` refuses.
 */
export function headerAnnotations(schema: JsonSchema): {
  readonly headers: readonly HeaderAnnotation[];
  readonly problems: readonly Problem[];
} {
  const headers: HeaderAnnotation[] = [];
  const problems: Problem[] = [];
  const names = new Set<string>();
  for (const [pointer, node] of inspect(schema, { unknownFormats: 'ignore' }).nodes) {
    if (!isObject(node) || !Object.hasOwn(node, KEYWORD)) continue;
    const path = propertyPath(pointer);
    const found = check(node, path, names);
    if ('header' in found) headers.push(found);
    else problems.push({ ...found, id: 'header-annotation', path: path?.join('.') ?? pointer });
  }
  return { headers, problems };
}

/** The chain of property names, or undefined when the pointer passes through anything but `properties`. */
function propertyPath(pointer: string): readonly string[] | undefined {
  const tokens = pointer.split('/').slice(1);
  if (tokens.length === 0 || tokens.length % 2 === 1) return undefined;
  const names: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (index % 2 === 1) names.push(token.replaceAll('~1', '/').replaceAll('~0', '~'));
    else if (token !== 'properties') return undefined;
  }
  return names;
}

type Fault = { readonly message: string; readonly mend: string };

function check(node: JsonSchema, path: readonly string[] | undefined, names: Set<string>): HeaderAnnotation | Fault {
  const header = node[KEYWORD];
  if (path === undefined) {
    return {
      message: `${KEYWORD} stands where clients do not look`,
      mend: 'Put it on a property that is reached from the root through "properties" alone.',
    };
  }
  const at = path.join('.');
  if (typeof header !== 'string' || !TOKEN.test(header)) {
    return {
      message: `${at}: ${KEYWORD} is not a header name (RFC 9110 section 5.1)`,
      mend: 'Use letters, digits and hyphens, at most 100.',
    };
  }
  if (names.has(header.toLowerCase())) {
    return { message: `${at}: ${KEYWORD} ${short(header)} is used twice`, mend: 'Give each parameter its own name.' };
  }
  names.add(header.toLowerCase());
  const type = node['type'];
  if (type !== 'string' && type !== 'integer' && type !== 'boolean') {
    return {
      message: `${at}: ${KEYWORD} needs a string, an integer or a boolean`,
      mend: 'Use z.string(), z.int() or z.boolean(), without .nullable() or unions.',
    };
  }
  if (type === 'integer' && leavesSafeRange(node)) {
    return {
      message: `${at}: ${KEYWORD} on an integer beyond the safe range`,
      mend: 'Keep its bounds within -9007199254740991 and 9007199254740991.',
    };
  }
  const secret = [...path, header].find(isSensitive);
  if (secret !== undefined) {
    return {
      message: `${at}: ${short(secret)} looks like a secret or personal data, which headers would spread to logs`,
      mend: `Remove ${KEYWORD} from it.`,
    };
  }
  return { path, header, type };
}

function leavesSafeRange(node: JsonSchema): boolean {
  return ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'const'].some((keyword) => {
    const value = node[keyword];
    return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  });
}

const SECRET_WORDS = new Set([
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'apikey',
  'credential',
  'credentials',
  'authorization',
  'bearer',
  'cookie',
  'otp',
  'pin',
  'cvv',
  'cvc',
  'ssn',
  'iban',
  'passport',
  'email',
  'phone',
  'dob',
  'birthday',
]);
const SECRET_PAIRS = new Set([
  'api key',
  'access key',
  'private key',
  'signing key',
  'encryption key',
  'secret key',
  'social security',
  'credit card',
  'card number',
  'birth date',
  'session id',
  'session key',
]);

/** Whether a name looks like that of a secret or of personal data. */
export function isSensitive(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word, index) => {
    if (SECRET_WORDS.has(word)) return true;
    const next = words[index + 1];
    if (word === 'date' && next === 'of') return words[index + 2] === 'birth';
    return next !== undefined && SECRET_PAIRS.has(`${word} ${next}`);
  });
}
