import { judge, resultOf, served, textOf } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const NEIGHBOUR = 'a tool of the second server that has a name of its own';
const SHADOW = 'a tool under the name of another server';
const SLIP = 'a name that is a slip away from that of another server';
const ORDERS = 'orders about a tool of another server';

/** Looks at the tools of two servers, one of which would have those of the other taken for its own. */
export const rule: Rule = {
  id: 'distinct-upstreams',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const list = await connection.request('tools/list');
    const call = (name: string) => connection.request('tools/call', { name, arguments: {} });
    const seen: Observation[] = [
      { label: NEIGHBOUR, reply: await call('weather_now') },
      { label: SHADOW, reply: await call('read_note') },
      { label: SLIP, reply: list, fact: !hasTool(list, 'read_nota') },
      { label: ORDERS, reply: list, fact: !hasTool(list, 'price_of') },
    ];
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [NEIGHBOUR]: served },
      attacks: {
        [SHADOW]: (observation) => served(observation) && textOf(observation.reply) === 'of the known server',
        [SLIP]: isNotThere,
        [ORDERS]: isNotThere,
      },
    });
  },
};

function hasTool(reply: Observation['reply'], name: string): boolean {
  const tools = resultOf(reply)?.['tools'];
  return Array.isArray(tools) && tools.some((tool) => isObject(tool) && tool['name'] === name);
}

function isNotThere(observation: Observation): boolean {
  return served(observation) && observation.fact === true;
}
