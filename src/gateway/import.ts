import { isObject, type JsonObject } from '../protocol/json.ts';
import { findCredential, holdsRandom } from '../text/credential-shape.ts';
import { readUrlEntry, type ImportedUrl } from './import-url.ts';
import { parsePackage, type UpstreamOptions } from './options.ts';

/** What a client's configuration comes to. */
export interface Imported {
  readonly upstreams: Readonly<Record<string, UpstreamOptions>>;
  /** Values that are credentials by their name or their look, by the name of the secret that each becomes. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Packages without an exact version, by upstream: each has to be resolved before it can be run. */
  readonly floating: Readonly<Record<string, string>>;
  /** One line for each server that is left out, with why. */
  readonly left: readonly string[];
}

/** Where clients keep their servers: Claude Desktop, Claude Code, Cursor, Windsurf; VS Code; Zed. */
const SECTIONS = ['mcpServers', 'servers', 'context_servers'];
/** Options of npx that take a value. */
const WITH_VALUE = new Set(['-p', '--package', '--cache', '--prefix', '-w', '--workspace']);
/** Names of what holds a credential, also where their words are not parted: `OPENAI_APIKEY`, `githubToken`. */
const CREDENTIAL =
  /(?:token|key|secret|password|passwd|passphrase|pwd|credential|authorization)s?(?:_|$)|(?:^|_)(?:pass|pat|auth|dsn|jwt|bearer)s?(?:_|$)/i;
/** A tag or a range; a URL, a path or an alias is neither. */
const TAG_OR_RANGE = /^[\w.^~<>=|* +-]*$/;

/**
 * Reads the servers of a client's configuration.
 * @throws TypeError when it is none.
 */
export function importClient(text: string): Imported {
  const root = readJsonc(text);
  const mcp = isObject(root) && isObject(root['mcp']) ? root['mcp'] : root;
  const section = SECTIONS.map((name) => (isObject(mcp) ? mcp[name] : undefined)).find(isObject);
  if (section === undefined)
    throw new TypeError(`This is no client configuration: it has none of ${SECTIONS.join(', ')}.`);
  const upstreams: Record<string, UpstreamOptions> = {};
  const secrets: Record<string, string> = {};
  const floating: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, entry] of Object.entries(section)) {
    const id = idOf(name, upstreams);
    const byUrl = isObject(entry) && entry['disabled'] !== true ? readUrlEntry(id, entry) : undefined;
    if (typeof byUrl === 'object') {
      upstreams[id] = optionsOf(id, byUrl, secrets);
      for (const header of byUrl.dropped) left.push(`${name}: its header ${header}: only a credential is sent`);
      continue;
    }
    const read = byUrl ?? (isObject(entry) ? readEntry(entry) : 'it is no server');
    if (typeof read === 'string') {
      left.push(`${name}: ${read}`);
      continue;
    }
    // INVARIANT: no credential comes into the configuration, nor among the arguments, which every process can see.
    const shown = read.args?.map(findCredential).find((kind) => kind !== undefined);
    if (shown !== undefined) {
      left.push(`${name}: ${shown} is among its arguments. Give it in a variable of its environment`);
      continue;
    }
    const { env, kept } = splitEnvironment(id, isObject(entry) ? entry['env'] : undefined, secrets);
    for (const [variable, { secret, value }] of Object.entries(kept)) {
      secrets[secret] = value;
      read.secrets = { ...read.secrets, [variable]: secret };
    }
    if (Object.keys(env).length > 0) read.env = env;
    if (read.floating !== undefined) floating[id] = read.floating;
    const { floating: _, ...options } = read;
    upstreams[id] = options;
  }
  return { upstreams, secrets, floating, left };
}

/** What is reached by a URL, with its credential under a name of its own. */
function optionsOf(id: string, { options, credential }: ImportedUrl, secrets: Record<string, string>): UpstreamOptions {
  if (credential === undefined) return options;
  const { header, scheme, value } = credential;
  const secret = unlike(`${id}-${header}`.slice(0, 58), (name) => Object.hasOwn(secrets, name));
  secrets[secret] = value;
  const isBearer = header === 'authorization' && scheme?.toLowerCase() === 'bearer';
  const how = isBearer ? {} : { header, ...(scheme === undefined ? {} : { scheme }) };
  return { ...options, credential: { kind: 'secret', secret, ...how } };
}

type Entry = { -readonly [K in keyof UpstreamOptions]: UpstreamOptions[K] } & { floating?: string };

function readEntry(entry: JsonObject): Entry | string {
  const { command, args, disabled } = entry;
  if (disabled === true) return 'it is disabled';
  if (typeof command !== 'string') return 'it has no command';
  const words = Array.isArray(args) ? args.map(String) : [];
  const program = command.slice(command.lastIndexOf('/') + 1).replace(/\.cmd$/, '');
  if (program === 'npx' || program === 'bunx') return readNpx(words);
  if (program === 'npm' && (words[0] === 'exec' || words[0] === 'x')) return readNpx(words.slice(1));
  if (command.startsWith('/')) return { command, ...(words.length === 0 ? {} : { args: words }) };
  return `it runs ${program}. Give the absolute path of a program that is installed`;
}

function readNpx(words: readonly string[]): Entry | string {
  let named: string | undefined;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') continue;
    if (!word.startsWith('-')) break;
    const [option = '', value] = word.split('=', 2);
    // The same name elsewhere is another package; npm knows an option by its first letters too.
    if (/^--(?:reg|@)/.test(option))
      return 'it takes its package from a registry of its own. Name that in .npmrc, and leave it out';
    if (option === '-c' || option === '--call') return 'it runs a line of a shell';
    if (option === '-p' || option === '--package') {
      if (named !== undefined) return 'it needs several packages';
      named = value ?? words[at + 1];
    }
    if (WITH_VALUE.has(option) && value === undefined) at += 1;
  }
  const first = words[at];
  const reference = named ?? first;
  if (reference === undefined) return 'its command names no package';
  const rest = words.slice(at + 1);
  const bin = named === undefined || first === undefined ? {} : { bin: first };
  const more = { ...bin, ...(rest.length === 0 ? {} : { args: rest }) };
  try {
    parsePackage(reference);
    return { package: reference, ...more };
  } catch {
    const at = reference.lastIndexOf('@');
    const [name, wanted] = at > 0 ? [reference.slice(0, at), reference.slice(at + 1)] : [reference, ''];
    return /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/.test(name) && TAG_OR_RANGE.test(wanted)
      ? { package: reference, floating: reference, ...more }
      : `"${reference}" is no package of npm`;
  }
}

/** An id of lower-case letters, digits and hyphens, made of the name and not taken. */
function idOf(name: string, taken: Readonly<Record<string, unknown>>): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 20);
  return unlike(plain === '' ? 'upstream' : plain, (id) => Object.hasOwn(taken, id));
}

/** The name, with a number where it is taken. */
function unlike(base: string, isTaken: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!isTaken(name)) return name;
  }
}

interface Split {
  readonly env: Record<string, string>;
  readonly kept: Record<string, { readonly secret: string; readonly value: string }>;
}

/** What looks like a credential goes into a file of its own; references to inputs of an editor cannot be followed. */
function splitEnvironment(id: string, environment: unknown, taken: Readonly<Record<string, string>>): Split {
  const split: Split = { env: {}, kept: {} };
  for (const [variable, value] of Object.entries(isObject(environment) ? environment : {})) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) continue;
    const text = String(value);
    const isCredential = CREDENTIAL.test(variable) || findCredential(text) !== undefined || holdsRandom(text);
    if (isCredential || text.startsWith('${input:')) {
      // INVARIANT: two credentials have two names, or one server is given that of another.
      const isTaken = (name: string): boolean =>
        Object.hasOwn(taken, name) || Object.values(split.kept).some((each) => each.secret === name);
      const secret = unlike(`${id}-${variable.toLowerCase().replaceAll('_', '-')}`.slice(0, 58), isTaken);
      split.kept[variable] = { secret, value: text };
    } else split.env[variable] = text;
  }
  return split;
}

/** JSON with comments and trailing commas, as editors write it. */
function readJsonc(text: string): unknown {
  const tokens: string[] = [];
  let comma: number | undefined;
  // Some editors begin a file with a byte order mark.
  for (let at = text.startsWith('\uFEFF') ? 1 : 0; at < text.length; ) {
    const end = tokenEnd(text, at);
    const token = text.slice(at, end);
    const isSpace = token.startsWith('//') || token.startsWith('/*') || token.trim() === '';
    if ((token === '}' || token === ']') && comma !== undefined) tokens[comma] = '';
    if (!isSpace) comma = token === ',' ? tokens.length : undefined;
    tokens.push(isSpace ? ' ' : token);
    at = end;
  }
  try {
    return JSON.parse(tokens.join(''));
  } catch {
    // What the parser says of it repeats the text, which may hold credentials.
    throw new TypeError('This is no JSON, with comments and trailing commas or without.');
  }
}

/** Where a string, a comment or a single character ends. */
function tokenEnd(text: string, at: number): number {
  if (text.startsWith('//', at)) return ended(text.indexOf('\n', at), text);
  if (text.startsWith('/*', at)) return ended(text.indexOf('*/', at + 2), text, 2);
  if (text[at] !== '"') return at + 1;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === '"') return end + 1;
  }
  return text.length;
}

function ended(found: number, { length }: string, more = 0): number {
  return found === -1 ? length : found + more;
}
