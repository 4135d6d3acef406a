import { errorCodeOf, judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, RequestOptions, Rule, Target, Verdict } from '../../audit/rule.ts';

const NEVER_GIVEN = 'A'.repeat(43);

/** Presents Alice's session id with Bob's token and with none; then one that never was, and one that has ended. */
export const rule: Rule = {
  id: 'session-binding',
  async gather(target: Target): Promise<readonly Observation[]> {
    if (target.mint === undefined) return [];
    const token = await target.mint({ sub: 'bob', scope: 'text:read' });
    const [alice, bob, ended] = [await target.connect(), await target.connect({ token }), await target.connect()];
    const seen: Observation[] = [
      { label: 'the owner', reply: await whoami(alice) },
      { label: 'another in his own session', reply: await whoami(bob) },
    ];
    const foreign = await whoami(alice, { token });
    const unknown = await whoami(bob, { headers: { 'mcp-session-id': NEVER_GIVEN } });
    await ended.close();
    const over = await whoami(ended);
    seen.push(
      { label: 'the session of another', reply: foreign },
      { label: 'a session without a token', reply: await whoami(alice, { headers: { authorization: undefined } }) },
      { label: 'a session that never was', reply: unknown },
      { label: 'a session that has ended', reply: over },
      { label: 'answers to foreign, unknown and ended ids', fact: [foreign, unknown, over].map(shape) },
    );
    for (const connection of [alice, bob]) await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'the owner': served, 'another in his own session': served },
      attacks: {
        'the session of another': refused,
        'a session without a token': refused,
        'a session that never was': refused,
        'a session that has ended': refused,
        'answers to foreign, unknown and ended ids': ({ fact }) => Array.isArray(fact) && new Set(fact).size === 1,
      },
    });
  },
};

function whoami(connection: Connection, options: RequestOptions = {}): Promise<Reply> {
  return connection.request('tools/call', { name: 'whoami', arguments: {} }, options);
}

/** What tells two refusals apart, without what is of the one request. */
function shape(reply: Reply): string {
  const names = Object.keys(reply.headers).toSorted();
  return JSON.stringify([
    reply.status,
    errorCodeOf(reply),
    reply.text.replace(/"request":"[^"]*"|"id":[^,}]*/g, ''),
    names,
  ]);
}
