import { draft, type Draft } from './messages.ts';
import { Random } from './random.ts';
import type { Subject } from './subject.ts';

/** One request as bytes, and what its answer may be. */
export interface Case {
  readonly index: number;
  readonly bytes: Buffer;
  readonly verb: string;
  /** Something before the body is spoilt, so that the connection may be closed with the answer. */
  readonly closing: boolean;
  /** The framing itself is spoilt: there may be no answer, an empty one, or more than one. */
  readonly broken: boolean;
  readonly id: string | number | undefined;
  /** Whether the server may have taken it for one of the legacy era. */
  readonly legacy: boolean;
  /** The credential sent, which no answer may hold. */
  readonly token: string | undefined;
}

type Header = readonly [name: string, value: string];

const PATHS = [
  '/mcp',
  '/mcp?x=1',
  '/mcp/',
  '//mcp',
  '/MCP',
  '/%6dcp',
  '/mcp/../mcp',
  '/',
  '/livez',
  '/readyz',
  '*',
] as const;
const MORE_PATHS = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
  '/../../etc/passwd',
  '/mcp%00',
  'http://evil.example/mcp',
  `/${'a'.repeat(3_000)}`,
  '/__proto__',
] as const;
const VERBS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'QUERY'] as const;
const TYPES = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  '',
  'a/b/c',
] as const;
const VALUES = [
  '',
  'x',
  '=?base64?!!?=',
  '=?base64?/w==?=',
  'tools/list',
  '2025-11-25',
  '\u00ff',
  'a'.repeat(2_000),
] as const;
const EXTRA: readonly [Header, ...Header[]] = [
  ['X-Forwarded-For', '127.0.0.1'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'https'],
  ['Forwarded', 'for=127.0.0.1;host=evil.example'],
  ['X-Original-URL', '/livez'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Cookie', 'session=1'],
  ['Mcp-Session-Id', 'guess'],
  ['Last-Event-ID', '1'],
  ['Expect', '100-continue'],
  ['Upgrade', 'h2c'],
  ['Content-Encoding', 'gzip'],
  ['TE', 'trailers'],
  ['Accept-Encoding', 'gzip, br'],
  ['Range', 'bytes=0-1'],
  ['Origin', 'https://evil.example'],
  ['Origin', 'null'],
  ['Host', 'evil.example'],
  ['Mcp-Param-Region', 'us'],
  ['Mcp-Name', 'other'],
  ['Mcp-Method', 'tools/list'],
  ['Authorization', 'Bearer second'],
];

/** Makes the HTTP request with this number. */
export function makeRequest(seed: number, index: number, subject: Subject): Case {
  const random = new Random(seed, index);
  const message = draft(random, random.once(2), random.once(8));
  const token = random.once(12) ? random.pick(subject.bad) : random.pick(subject.good);
  let verb = 'POST';
  let path: string = '/mcp';
  let headers = headersOf(message, token, subject.host);
  let shown: string | undefined = token;
  const spoils = random.once(3) ? 1 + random.below(3) : 0;
  for (let times = spoils; times > 0; times -= 1) {
    switch (random.below(9)) {
      case 0:
        verb = random.pick(VERBS);
        break;
      case 1:
        path = random.once(2) ? random.pick(PATHS) : random.pick(MORE_PATHS);
        break;
      case 2:
        [headers, shown] = spoilToken(random, headers, token);
        break;
      case 3:
        if (shown !== undefined && random.once(3)) path = `/mcp?access_token=${shown}`;
        break;
      default:
        headers = spoilHeaders(random, headers);
    }
  }
  const body = Buffer.from(message.text);
  const framing = random.once(40) ? brokenFraming(random, body) : framingOf(random, body);
  const lines = [...headers, ...framing.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = Buffer.from(`${verb} ${path} HTTP/1.1\r\n${lines}\r\n`, 'latin1');
  const bytes = Buffer.concat([head, framing.body]);
  const closing = spoils > 0 || framing.broken || subject.bad.includes(token);
  return { index, bytes, verb, closing, broken: framing.broken, id: message.id, legacy: subject.legacy, token: shown };
}

function headersOf({ method, name, version, headers }: Draft, token: string, host: string): readonly Header[] {
  return [
    ['Host', host],
    ['Authorization', `Bearer ${token}`],
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ['MCP-Protocol-Version', version],
    ['Mcp-Method', method],
    ...(name === undefined ? [] : [['Mcp-Name', name] as const]),
    ...headers,
  ];
}

function spoilToken(
  random: Random,
  headers: readonly Header[],
  token: string,
): [readonly Header[], string | undefined] {
  const others = headers.filter(([name]) => name !== 'Authorization');
  const at = random.below(token.length);
  const changed = `${token.slice(0, at)}${random.pick(['A', '.', '=', '-', ''])}${token.slice(at + 1)}`;
  const value = random.pick([
    `Bearer ${changed}`,
    `bearer ${token}`,
    `Bearer  ${token}`,
    `Bearer ${token} x`,
    `Basic ${token}`,
    `Bearer ${token},Bearer ${token}`,
    'Bearer',
    'Bearer ',
    '',
    `Bearer ${'a'.repeat(9_000)}`,
    `Bearer ${token.split('.').toReversed().join('.')}`,
  ]);
  return random.once(5) ? [others, undefined] : [[...others, ['Authorization', value]], token];
}

function spoilHeaders(random: Random, headers: readonly Header[]): readonly Header[] {
  const at = random.below(headers.length);
  const chosen = headers[at];
  if (chosen === undefined) return headers;
  const [name, value] = chosen;
  const others = headers.filter((_, index) => index !== at);
  switch (random.below(7)) {
    case 0:
      return others;
    case 1:
      return [...headers, chosen];
    case 2:
      return [...others, [name, random.pick(VALUES)]];
    case 3:
      return [...others, [random.once(2) ? name.toUpperCase() : name.toLowerCase(), `  ${value}\t`]];
    case 4:
      return [...headers.filter(([other]) => other !== 'Content-Type'), ['Content-Type', random.pick(TYPES)]];
    case 5:
      return [...headers, ...Array.from({ length: random.below(80) }, (_, index): Header => [`X-${index}`, 'y'])];
    default:
      return [...headers, random.pick(EXTRA)];
  }
}

interface Framing {
  readonly headers: readonly Header[];
  readonly body: Buffer;
  readonly broken: boolean;
}

function framingOf(random: Random, body: Buffer): Framing {
  if (!random.once(10)) return { headers: [['Content-Length', String(body.length)]], body, broken: false };
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const piece = body.subarray(at, at + 1 + random.below(400));
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
    at += piece.length;
  }
  parts.push(Buffer.from('0\r\n\r\n'));
  return { headers: [['Transfer-Encoding', 'chunked']], body: Buffer.concat(parts), broken: false };
}

/** Framing that a smuggler would try, and bytes that are no HTTP. */
function brokenFraming(random: Random, body: Buffer): Framing {
  const length = String(body.length);
  const headers = random.pick<readonly Header[]>([
    [['Content-Length', String(body.length + 5)]],
    [['Content-Length', String(Math.max(0, body.length - 5))]],
    [
      ['Content-Length', length],
      ['Content-Length', '0'],
    ],
    [
      ['Content-Length', length],
      ['Transfer-Encoding', 'chunked'],
    ],
    [['Transfer-Encoding', 'chunked, identity']],
    [['Transfer-Encoding', '\u000bchunked']],
    [['Content-Length', `+${length}`]],
    [['Content-Length', '-1']],
    [['Content-Length', '99999999999999999999']],
    [
      ['Content-Length', length],
      ['X', 'a\r\n folded'],
    ],
    [['Bad Name', 'x']],
    [['X', 'a\u0000b']],
    [['X-Long', 'z'.repeat(40_000)]],
    [],
  ]);
  return { headers, body, broken: true };
}

/** Makes the line for standard input with this number. */
export function makeLine(
  seed: number,
  index: number,
): { readonly index: number; readonly line: Buffer; readonly id: string | number | undefined } {
  const random = new Random(seed, index);
  const message = draft(random, !random.once(3), false);
  const line = Buffer.from(message.text.replaceAll('\n', ' '));
  if (random.once(50) && line.length > 0) {
    line[random.below(line.length)] = random.pick([0xff, 0xc0, 0x80, 0x00, 0x0d]);
    return { index, line, id: undefined };
  }
  // Some lines cancel request 1, and a spoilt one may cancel 0: those two may go without an answer.
  return { index, line, id: message.id === 0 || message.id === 1 ? undefined : message.id };
}
