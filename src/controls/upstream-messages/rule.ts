import { setTimeout as delay } from 'node:timers/promises';
import { judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['an answer that is a result and an error', 'both'],
  ['an answer to the id as text', 'text-id'],
  ['an answer behind something that is no message', 'garbage'],
  ['an answer with a key twice', 'key-twice'],
  ['an answer behind more than a message may hold', 'oversize'],
  ['an answer behind a flood', 'flood'],
]);
const PLAIN = 'a plain answer, before every attack';
const FOREIGN = 'progress of something else';
/** An upstream whose connection was ended comes back, after a while that grows. */
const TRIES = 60;
const WAIT_MS = 250;

/** Calls a tool whose upstream breaks the rules of messages; none of what it smuggles may come through. */
export const rule: Rule = {
  id: 'upstream-messages',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    let plain = await serving(connection);
    const seen: Observation[] = [{ label: FOREIGN, reply: await act(connection, 'progress') }];
    for (const [label, name] of ATTACKS) {
      // INVARIANT: what is refused is refused for itself, and not because of what was before it.
      if (served({ label, reply: plain })) plain = await serving(connection);
      seen.push({ label, reply: await act(connection, name) });
    }
    await connection.close();
    return [{ label: PLAIN, reply: plain }, ...seen];
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, isStopped] as const));
    return judge(observations, { baseline: { [PLAIN]: served }, attacks: { [FOREIGN]: hasNoProgress, ...attacks } });
  },
};

function act(connection: Connection, name: string): Promise<Reply> {
  const params = { name: 'act', arguments: { act: name } };
  return connection.request('tools/call', params, { meta: { progressToken: `token-${name}` } });
}

/** The answer to a plain call, as soon as there is a good one. */
async function serving(connection: Connection): Promise<Reply> {
  for (let tries = 1; ; tries++) {
    const reply = await act(connection, 'plain');
    if (served({ label: PLAIN, reply }) || tries === TRIES) return reply;
    // A server that serves nobody is known by its first answers.
    if (reply.status !== undefined && reply.status !== 200) return reply;
    await delay(WAIT_MS);
  }
}

function isStopped(observation: Observation): boolean {
  return refused(observation) && observation.reply?.text.includes('smuggled') === false;
}

/** A call that was answered, without the progress that was of another one. */
function hasNoProgress({ reply }: Observation): boolean {
  if (reply?.message === undefined) return false;
  return !reply.notifications.some(({ method, params }) => {
    return method === 'notifications/progress' && isObject(params) && params['progress'] === 66;
  });
}
