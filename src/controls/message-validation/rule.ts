import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';
import { META, MODERN_VERSION, type Era } from '../../protocol/versions.ts';

const CALL = '"name":"echo","arguments":{"text":"probe"}';
const METAS: Readonly<Record<Era, string>> = {
  modern: `"${META.version}":"${MODERN_VERSION}","${META.capabilities}":{}`,
  legacy: '"com.example/probe":true',
};

/** A message that is almost right, from the members that `_meta` must have and an id. */
type Malformed = (meta: string, id: string) => string | Uint8Array;

const message = (meta: string, id: string, more = '', params = CALL): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{${params},"_meta":{${meta}}}${more}}`;

const ATTACKS: ReadonlyMap<string, Malformed> = new Map<string, Malformed>([
  ['a batch', (meta, id) => `[${message(meta, id)}]`],
  ['an id that is null', (meta) => message(meta, 'null')],
  ['an id that is a fraction', (meta) => message(meta, '1.5')],
  ['an id that is a list', (meta) => message(meta, '["a"]')],
  ['another JSON-RPC version', (meta, id) => message(meta, id).replace('"2.0"', '"1.0"')],
  ['a further member of the envelope', (meta, id) => message(meta, id, ',"extra":1')],
  ['a result beside a method', (meta, id) => message(meta, id, ',"result":{}')],
  ['the same key twice', (meta, id) => message(meta, id, ',"method":"tools/call"')],
  ['the same argument twice', (meta, id) => message(meta, id, '', `${CALL.slice(0, -1)},"text":"other"}`)],
  ['a prototype key', (meta, id) => message(`${meta},"__proto__":{"admin":true}`, id)],
  ['a constructor that has a prototype', (meta, id) => message(`${meta},"constructor":{"prototype":{"admin":1}}`, id)],
  ['a method that is a number', (meta, id) => message(meta, id).replace('"tools/call"', '7')],
  ['params that are a list', (meta, id) => message(meta, id).replace(/"params":.*$/, '"params":["echo"]}')],
  ['bytes that are no UTF-8', (meta, id) => withByte(message(meta, id), 0xff)],
  ['half a surrogate pair', (meta, id) => message(meta, id).replace('probe', '\\ud800')],
  ['nesting beyond reason', (meta, id) => message(`${meta},"x":${'['.repeat(500)}${']'.repeat(500)}`, id)],
  ['a number beyond the range', (meta, id) => message(`${meta},"x":1e999`, id)],
  ['a second document behind the first', (meta, id) => `${message(meta, id)} {}`],
]);
const NO_META = 'a request without its _meta';
const WRONG_META = 'a capability list that is no object';
const LISTED = 'an item that goes out malformed';

/** Sends one well-formed call and many that are almost right, and reads a list in which the server's own code is wrong. */
export const rule: Rule = {
  id: 'message-validation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const meta = METAS[target.era];
    const seen: Observation[] = [
      { label: 'a well-formed call', reply: await send(target, connection, message(meta, '"base"')) },
    ];
    let count = 0;
    for (const [label, malform] of ATTACKS) {
      count += 1;
      seen.push({ label, reply: await send(target, connection, malform(meta, `"attack-${count}"`)) });
    }
    if (target.era === 'modern') {
      const wrong = meta.replace('{}', '"all"');
      seen.push({ label: NO_META, reply: await send(target, connection, message('', '"no-meta"')) });
      seen.push({ label: WRONG_META, reply: await send(target, connection, message(wrong, '"wrong-meta"')) });
    }
    seen.push({ label: LISTED, reply: await connection.request('resources/list') });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isModern = observations.some(({ label }) => label === NO_META);
    const labels = [...ATTACKS.keys(), ...(isModern ? [NO_META, WRONG_META] : [])];
    const attacks = Object.fromEntries(labels.map((label) => [label, isUnanswered]));
    return judge(observations, {
      baseline: { 'a well-formed call': served },
      attacks: { ...attacks, [LISTED]: isWellFormed },
    });
  },
};

/** Over a pipe, what cannot be matched with a request is answered without an id. */
function send(target: Target, connection: Connection, body: string | Uint8Array): Promise<Reply> {
  if (target.transport === 'stdio') return target.line(body);
  return connection.request('tools/call', { name: 'echo' }, { body });
}

function withByte(text: string, byte: number): Uint8Array {
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('probe')] = byte;
  return bytes;
}

/** Refused, or taken for a notification and left without an answer; but never a result, and never a crash. */
function isUnanswered(observation: Observation): boolean {
  const { reply } = observation;
  return reply !== undefined && resultOf(reply) === undefined && (reply.status === undefined || reply.status < 500);
}

function isWellFormed({ reply }: Observation): boolean {
  const listed = resultOf(reply)?.['resources'];
  if (listed === undefined) return reply?.message?.['error'] !== undefined;
  return (
    Array.isArray(listed) &&
    listed.every(
      (item: unknown) => isObject(item) && typeof item['uri'] === 'string' && typeof item['name'] === 'string',
    )
  );
}
