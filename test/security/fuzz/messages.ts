import type { Random } from './random.ts';

/** One message on its way to be spoilt: the text, and what is known of it while it is whole. */
export interface Draft {
  readonly method: string;
  /** What `MCP-Protocol-Version` has to say. */
  readonly version: string;
  /** What `Mcp-Name` has to say. */
  readonly name: string | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  /** The id that an answer must carry; undefined where the text was spoilt. */
  readonly id: string | number | undefined;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const VERSION = '2026-07-28';
const LEGACY_VERSION = '2025-11-25';
const PREFIX = 'io.modelcontextprotocol/';

interface Call {
  readonly method: string;
  readonly params: { readonly [key: string]: Json };
  readonly named?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

const tool = (name: string, args: Json, headers: Call['headers'] = []): Call => ({
  method: 'tools/call',
  params: { name, arguments: args },
  named: name,
  headers,
});
const read = (uri: string): Call => ({ method: 'resources/read', params: { uri }, named: uri });

const CALLS: readonly [Call, ...Call[]] = [
  tool('search_notes', { phrase: 'x', most: 2 }),
  tool('search_notes', { phrase: 'hello' }),
  tool('save_note', { note: { title: 't', tags: ['a', 'b'] }, dryRun: true }),
  tool('explode', {}),
  tool('explode', { late: true }),
  tool('route_note', { region: 'eu', priority: 3 }, [
    ['Mcp-Param-Region', 'eu'],
    ['Mcp-Param-Priority', '3'],
  ]),
  tool('route_note', { region: '\u00e9' }, [['Mcp-Param-Region', '=?base64?w6k=?=']]),
  tool('ask_name', {}),
  tool('no_such_tool', {}),
  read('notes://motd'),
  read('notes://note/1'),
  read('notes://note/8'),
  read('notes://note/9'),
  read('notes://nothing'),
  { method: 'server/discover', params: {} },
  { method: 'tools/list', params: {} },
  { method: 'tools/list', params: { cursor: 'p1.AAAA' } },
  { method: 'resources/list', params: {} },
  { method: 'resources/templates/list', params: {} },
  { method: 'prompts/list', params: {} },
  { method: 'prompts/get', params: { name: 'greet', arguments: { name: 'Ada' } }, named: 'greet' },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'name', value: 'A' } },
  },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/resource', uri: 'notes://note/{id}' }, argument: { name: 'id', value: '1' } },
  },
  { method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true } } },
  { method: 'subscriptions/listen', params: { notifications: { resourceSubscriptions: ['notes://motd'] } } },
  {
    method: 'initialize',
    params: { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } },
  },
  { method: 'logging/setLevel', params: { level: 'debug' } },
  { method: 'resources/subscribe', params: { uri: 'notes://motd' } },
  { method: 'ping', params: {} },
  { method: 'notifications/cancelled', params: { requestId: 1 } },
];

/** Texts that JSON.stringify cannot write; they replace the string that names them. */
const RAW: readonly [string, ...string[]] = [
  '1e400',
  '-0',
  '9007199254740993',
  '1.0000000000000001',
  '{"__proto__":{"admin":true}}',
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '"\\ud800"',
  '{"constructor":{"prototype":{}}}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `${'{"k":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
];

const HOSTILE: readonly [Json, ...Json[]] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  '',
  'x'.repeat(5_000),
  '\u0000',
  '\u202eevil\u202c',
  '\u001b[31m',
  "'; drop table notes; --",
  '../../../../etc/passwd',
  '%2e%2e%2f',
  '${7*7}',
  '<script>alert(1)</script>',
  '=?base64?QQ==?=',
  '__proto__',
  'constructor',
  [],
  {},
  [[[[[[[[]]]]]]]],
  { toString: 1, valueOf: 1 },
  { resultType: 'complete' },
  { who: { action: 'accept', content: { name: 'x' } } },
  Array.from({ length: 300 }, (_, index) => index),
];

const NAMES: readonly [string, ...string[]] = [
  'id',
  'method',
  'params',
  'jsonrpc',
  'result',
  'error',
  '_meta',
  'name',
  'arguments',
  'requestState',
  'inputResponses',
  'cursor',
  'uri',
  'toString',
  'extra',
  `${PREFIX}protocolVersion`,
  'progressToken',
  '',
];

/** A valid message of the modern or the legacy era, or one with some of its members spoilt. */
export function draft(random: Random, spoil: boolean, legacy: boolean): Draft {
  const call = random.pick(CALLS);
  const id = random.once(4) ? `id-${random.next()}` : random.next();
  const meta: { readonly [key: string]: Json } = {
    [`${PREFIX}protocolVersion`]: VERSION,
    [`${PREFIX}clientCapabilities`]: random.once(2) ? {} : { elicitation: {} },
    ...(random.once(4) ? { progressToken: 'p' } : {}),
    ...(random.once(8) ? { [`${PREFIX}logLevel`]: 'debug' } : {}),
    ...(random.once(8) ? { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' } : {}),
  };
  const isNotification = call.method.startsWith('notifications/');
  const whole = {
    jsonrpc: '2.0',
    ...(isNotification ? {} : { id }),
    method: call.method,
    params: legacy ? call.params : { ...call.params, _meta: meta },
  };
  let text = JSON.stringify(whole);
  const version = legacy ? LEGACY_VERSION : VERSION;
  const shown = { method: call.method, version, name: call.named, headers: call.headers ?? [] };
  if (!spoil) return { ...shown, text, id: isNotification ? undefined : id };
  let value: Json = whole;
  for (let times = 1 + random.below(3); times > 0; times -= 1) value = spoilValue(random, value, 0);
  text = JSON.stringify(value).replaceAll(/"@raw(\d+)@"/g, (_, index: string) => RAW[Number(index)] ?? 'null');
  return { ...shown, text: random.once(3) ? spoilText(random, text) : text, id: undefined };
}

function hostile(random: Random): Json {
  return random.once(3) ? `@raw${random.below(RAW.length)}@` : random.pick(HOSTILE);
}

/** Changes one place of the tree: walks down by chance, then replaces, removes, adds or renames. */
function spoilValue(random: Random, value: Json, depth: number): Json {
  if (typeof value !== 'object' || value === null || (depth > 0 && random.once(4))) return hostile(random);
  if (Array.isArray(value)) return [...value, hostile(random)];
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name, member] = entries[at] ?? [random.pick(NAMES), null];
  const others = entries.filter((_, index) => index !== at);
  switch (random.below(5)) {
    case 0:
      return Object.fromEntries(others);
    case 1:
      return Object.fromEntries([...others, [random.pick(NAMES), member]]);
    case 2:
      return Object.fromEntries([...entries, [random.pick(NAMES), hostile(random)]]);
    default:
      return Object.fromEntries([...others, [name, spoilValue(random, member, depth + 1)]]);
  }
}

function spoilText(random: Random, text: string): string {
  const at = random.below(text.length);
  switch (random.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text.slice(0, at)}${random.pick(['{', '}', '[', ']', '"', ',', ':', '\\', '\u0000', '//', '\u00a0'])}${text.slice(at)}`;
    case 2:
      return text.slice(0, at) + text.slice(at + 1);
    case 3:
      return `\ufeff${text}`;
    case 4:
      return `[${text},${text}]`;
    case 5:
      return `${text}${text}`;
    case 6:
      return text.replace('{', '{"id":1,');
    case 7:
      return ' '.repeat(random.below(200)) + text;
    default:
      return '';
  }
}
