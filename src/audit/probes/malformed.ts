import { META, MODERN_VERSION, type Era } from '../../protocol/versions.ts';
import type { Severity } from '../model.ts';

/** A message that is almost right: the method, the members that `_meta` must have, and an id. */
export type Malform = (parts: {
  readonly method: string;
  readonly meta: string;
  readonly id: string;
}) => string | Uint8Array;

/** One way to be wrong. */
export interface Malformed {
  readonly make: Malform;
  /** What a server does that serves it all the same. */
  readonly message: string;
  readonly severity: Severity;
}

const METAS: Readonly<Record<Era, string>> = {
  modern: `"${META.version}":"${MODERN_VERSION}","${META.capabilities}":{}`,
  legacy: '"com.example/probe":true',
};

/** The members that `_meta` must have in an era, as text. */
export function metaText(era: Era): string {
  return METAS[era];
}

interface Parts {
  readonly method: string;
  readonly meta: string;
  readonly id: string;
}

function text({ method, meta, id }: Parts, more = ''): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{"_meta":{${meta}}}${more}}`;
}

/** Messages that no server may serve, by a few words of each (JSON-RPC 2.0, RFC 8259, MCP 2026-07-28 basic). */
export const MALFORMED: ReadonlyMap<string, Malformed> = new Map<string, Malformed>([
  [
    'a batch',
    { make: (parts) => `[${text(parts)}]`, message: 'serves a batch, which MCP took out', severity: 'medium' },
  ],
  [
    'an id that is null',
    { make: (parts) => text({ ...parts, id: 'null' }), message: 'serves a request whose id is null', severity: 'low' },
  ],
  [
    'an id that is an object',
    {
      make: (parts) => text({ ...parts, id: '{"a":1}' }),
      message: 'serves a request whose id is an object',
      severity: 'medium',
    },
  ],
  [
    'another JSON-RPC version',
    {
      make: (parts) => text(parts).replace('"2.0"', '"1.0"'),
      message: 'serves a request of another JSON-RPC version',
      severity: 'low',
    },
  ],
  [
    'a result beside a method',
    {
      make: (parts) => text(parts, ',"result":{}'),
      message: 'serves a request that is an answer as well',
      severity: 'low',
    },
  ],
  [
    'the same key twice',
    {
      make: (parts) => text(parts, `,"method":"${parts.method}"`),
      message: 'serves a message with the same key twice, of which another parser takes the other one',
      severity: 'low',
    },
  ],
  [
    'a prototype key',
    {
      make: (parts) => text({ ...parts, meta: `${parts.meta},"__proto__":{"admin":true}` }),
      message: 'serves a message with the key __proto__',
      severity: 'low',
    },
  ],
  [
    'a method that is a number',
    {
      make: (parts) => text(parts).replace(`"method":"${parts.method}"`, '"method":7'),
      message: 'serves a method that is a number',
      severity: 'medium',
    },
  ],
  [
    'params that are a list',
    {
      make: (parts) => text(parts).replace(/"params":.*$/, '"params":["a"]}'),
      message: 'serves params that are a list',
      severity: 'medium',
    },
  ],
  [
    'bytes that are no UTF-8',
    {
      make: (parts) => withByte(text({ ...parts, meta: `${parts.meta},"com.example/x":"probe"` }), 0xff),
      message: 'serves a message whose bytes are no UTF-8',
      severity: 'low',
    },
  ],
  [
    'nesting beyond reason',
    {
      make: (parts) =>
        text({ ...parts, meta: `${parts.meta},"com.example/x":${'['.repeat(2_000)}${']'.repeat(2_000)}` }),
      message: 'serves a message that is nested 2,000 levels deep',
      severity: 'low',
    },
  ],
  [
    'a second document behind the first',
    {
      make: (parts) => `${text(parts)} {}`,
      message: 'serves the first of two documents in one message',
      severity: 'medium',
    },
  ],
  [
    'half a message',
    { make: (parts) => text(parts).slice(0, -20), message: 'serves half a message', severity: 'medium' },
  ],
]);

function withByte(message: string, byte: number): Uint8Array {
  const bytes = Buffer.from(message);
  bytes[bytes.indexOf('probe')] = byte;
  return bytes;
}
