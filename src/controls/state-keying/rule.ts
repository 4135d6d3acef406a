import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const TEXT = 'what alice keeps';
const UNKNOWN = `drawer_${'A'.repeat(22)}`;

/** Alice keeps a text; Bob, with the same scopes, uses her handle and one that nobody was given. */
export const rule: Rule = {
  id: 'state-keying',
  async gather(target: Target): Promise<readonly Observation[]> {
    if (target.mint === undefined) return [];
    const alice = await target.connect();
    const bob = await target.connect({ token: await target.mint({ sub: 'bob', scope: 'text:read' }) });
    const key = keyOf(await alice.request('tools/call', { name: 'keep', arguments: { text: TEXT } }));
    const fetchAs = (connection: Connection, handle: string) =>
      connection.request('tools/call', { name: 'fetch_text', arguments: { key: handle } });
    const own = await fetchAs(alice, key);
    const foreign = await fetchAs(bob, key);
    const unknown = await fetchAs(bob, UNKNOWN);
    for (const connection of [alice, bob]) await connection.close();
    return [
      { label: 'the own handle', reply: own },
      { label: 'the own text', fact: own.text.includes(TEXT) },
      { label: 'the own text by a foreign handle', reply: foreign, fact: foreign.text.includes(TEXT) },
      { label: 'foreign and unknown handles', fact: [shape(foreign), shape(unknown)] },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'the own handle': served, 'the own text': ({ fact }) => fact === true },
      attacks: {
        'the own text by a foreign handle': ({ fact }) => fact === false,
        'foreign and unknown handles': ({ fact }) => Array.isArray(fact) && fact[0] === fact[1],
      },
    });
  },
};

function keyOf(reply: Reply): string {
  const content = resultOf(reply)?.['structuredContent'];
  return isObject(content) && typeof content['key'] === 'string' ? content['key'] : '';
}

/** What an answer says, without what is of the one request. */
function shape(reply: Reply): string {
  const { content, structuredContent, isError } = { ...resultOf(reply) };
  return JSON.stringify([reply.status, content, structuredContent, isError]);
}
