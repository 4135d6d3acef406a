import { judge, refused, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const URIS: ReadonlyMap<string, string> = new Map([
  ['a way up', 'notes://files/a/../../secret'],
  ['an encoded way up', 'notes://files/a/%2e%2e/%2E%2e/secret'],
  ['encoded separators', 'notes://files/a%2f..%2f..%2fsecret'],
  ['a way up with backslashes', 'notes://files/a%5c..%5c..%5csecret'],
  ['a way up that is encoded twice', 'notes://files/a/%252e%252e/secret'],
  ['an end of string', 'notes://files/a%00.txt'],
  ['a line break', 'notes://files/a\nb'],
]);
const UNKNOWN_ARGUMENTS = ['password', 'constructor', '__proto__'] as const;
const OFFSET = 'a cursor that the client made up';
const ENCODED = 'a made-up cursor in Base64';
const OTHER_LIST = 'a cursor of another list';
const OTHER_CALLER = 'a cursor of another caller';

/** Reads, pages and completes as it should be, then with URIs that climb, cursors of others and unknown arguments. */
export const rule: Rule = {
  id: 'primitive-validation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const cursor = resultOf(await connection.request('tools/list'))?.['nextCursor'];
    const seen: Observation[] = [
      { label: 'a file', reply: await connection.request('resources/read', { uri: 'notes://files/a/b%20c.txt' }) },
      { label: 'the second page', reply: await connection.request('tools/list', { cursor }) },
      { label: 'a completion', reply: await complete(connection, 'tone') },
    ];
    for (const [label, uri] of URIS) seen.push({ label, reply: await connection.request('resources/read', { uri }) });
    for (const name of UNKNOWN_ARGUMENTS)
      seen.push({ label: `completion of ${name}`, reply: await complete(connection, name) });
    const list = (value: unknown) => connection.request('prompts/list', { cursor: value });
    seen.push({ label: OFFSET, reply: await list('1') });
    seen.push({ label: ENCODED, reply: await list(Buffer.from('{"offset":1}').toString('base64')) });
    seen.push({ label: OTHER_LIST, reply: await list(cursor) });
    if (target.mint !== undefined) {
      const bob = await target.connect({ token: await target.mint({ sub: 'bob', scope: 'text:read' }) });
      seen.push({ label: OTHER_CALLER, reply: await bob.request('tools/list', { cursor }) });
      await bob.close();
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isHttp = observations.some(({ label }) => label === OTHER_CALLER);
    const labels = [
      ...URIS.keys(),
      ...UNKNOWN_ARGUMENTS.map((name) => `completion of ${name}`),
      OFFSET,
      ENCODED,
      OTHER_LIST,
      ...(isHttp ? [OTHER_CALLER] : []),
    ];
    const attacks = Object.fromEntries(labels.map((label) => [label, refused]));
    const baseline = { 'a file': served, 'the second page': served, 'a completion': served };
    return judge(observations, { baseline, attacks });
  },
};

function complete(connection: Connection, name: string): Promise<Reply> {
  const ref = { type: 'ref/prompt', name: 'greeting' };
  return connection.request('completion/complete', { ref, argument: { name, value: '' } });
}
