import { errorCodeOf, judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const FLOOD = 60;
const BEYOND = 'a call beyond the burst of a tool';
const SECOND = 'a second token of the same caller';
const FLOODED = 'a call after a flood of names that do not exist';
const OTHER = 'another caller beside the flood';

/**
 * Calls `dear` more often than its burst of three, again with a second token, and floods the server with names that do
 * not exist, which must count as well. One caller's flood must not use up what another may do.
 */
export const rule: Rule = {
  id: 'rate-limit',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'the first call', reply: await dear(connection) }];
    await dear(connection);
    await dear(connection);
    seen.push({ label: BEYOND, reply: await dear(connection) });
    if (target.mint !== undefined) {
      const token = await target.mint({ sub: 'alice', scope: 'text:read', client_id: 'another-client' });
      const second = await target.connect({ token });
      seen.push({ label: SECOND, reply: await dear(second) });
      await second.close();
    }
    for (let sent = 0; sent < FLOOD; sent++)
      await connection.request('tools/call', { name: `none-${sent}`, arguments: {} });
    seen.push({ label: FLOODED, reply: await echo(connection) });
    if (target.mint !== undefined) {
      const bob = await target.connect({ token: await target.mint({ sub: 'bob', scope: 'text:read' }) });
      seen.push({ label: OTHER, reply: await echo(bob) });
      await bob.close();
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isHttp = observations.some(({ label }) => label === SECOND);
    const attacks = {
      [BEYOND]: isLimited,
      [FLOODED]: isLimited,
      ...(isHttp ? { [SECOND]: isLimited, [OTHER]: served } : {}),
    };
    return judge(observations, { baseline: { 'the first call': served }, attacks });
  },
};

const dear = (connection: Connection): Promise<Reply> =>
  connection.request('tools/call', { name: 'dear', arguments: {} });
const echo = (connection: Connection): Promise<Reply> =>
  connection.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });

/** Refused with the seconds to wait: 429 and `Retry-After` over HTTP, `data.retryAfter` without. One call a minute is allowed. */
function isLimited({ reply }: Observation): boolean {
  if (reply === undefined || errorCodeOf(reply) === undefined) return false;
  if (reply.status !== undefined) return reply.status === 429 && isWait(Number(reply.headers['retry-after']));
  const error = reply.message?.['error'];
  const data = isObject(error) ? error['data'] : undefined;
  return isObject(data) && isWait(data['retryAfter']);
}

function isWait(seconds: unknown): boolean {
  return Number.isSafeInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= 60;
}
