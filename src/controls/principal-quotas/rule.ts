import { errorCodeOf, judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const MANY = 14;
const QUOTA = 42905;
const CONCURRENCY = 42904;
const BEFORE = 'a call before';
const HELD = 'one call of a tool more than may be in progress';
const COMPUTED = 'a call after much computing';
const WRITTEN = 'a call after much writing';
const OTHER = 'a call of another caller';

/** Computes, writes and holds more than one caller's share, as three callers, and asks whether a fourth is served. */
export const rule: Rule = {
  id: 'principal-quotas',
  async gather(target: Target): Promise<readonly Observation[]> {
    const seen: Observation[] = [];
    const holder = await as(target, 'alice');
    seen.push({ label: BEFORE, reply: await call(holder, 'note', { text: 'x' }) });
    seen.push({ label: HELD, reply: await hold(holder) });
    const writer = await as(target, 'walter');
    seen.push({ label: WRITTEN, reply: await many(writer, 'note', { text: 'x'.repeat(9_000) }) });
    if (target.mint !== undefined) {
      const other = await as(target, 'bob');
      seen.push({ label: OTHER, reply: await call(other, 'note', { text: 'x' }) });
      await other.close();
      const hog = await as(target, 'harry');
      seen.push({ label: COMPUTED, reply: await many(hog, 'burn', {}) });
      await hog.close();
    }
    for (const each of new Set([holder, writer])) await each.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isHttp = observations.some(({ label }) => label === OTHER);
    return judge(observations, {
      baseline: { [BEFORE]: served },
      attacks: {
        [HELD]: isRefused(CONCURRENCY),
        [WRITTEN]: isRefused(QUOTA),
        ...(isHttp ? { [OTHER]: served, [COMPUTED]: isRefused(QUOTA) } : {}),
      },
    });
  },
};

/** On stdio there is one caller. */
async function as(target: Target, sub: string): Promise<Connection> {
  if (target.mint === undefined) return target.connect();
  return target.connect({ token: await target.mint({ sub, scope: 'text:read' }) });
}

const call = (connection: Connection, name: string, args: object): Promise<Reply> =>
  connection.request('tools/call', { name, arguments: args });

/** Calls until the quota is used up, or often enough. */
async function many(connection: Connection, name: string, args: object): Promise<Reply> {
  for (let sent = 1; ; sent++) {
    const reply = await call(connection, name, args);
    if (sent === MANY || errorCodeOf(reply) === QUOTA) return reply;
  }
}

/** Holds two calls, and makes a third. */
async function hold(connection: Connection): Promise<Reply> {
  const gone = new AbortController();
  const held = [1, 2].map((at) => {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const reply = connection.request(
      'tools/call',
      { name: 'hold', arguments: {} },
      { meta: { progressToken: `hold-${at}` }, signal: gone.signal, onNotification: () => resolve() },
    );
    return { reply, begun: Promise.race([begun, reply]) };
  });
  await Promise.all(held.map(({ begun }) => begun));
  const reply = await connection.request(
    'tools/call',
    { name: 'hold', arguments: {} },
    { signal: AbortSignal.timeout(1_000) },
  );
  gone.abort();
  await Promise.all(held.map((each) => each.reply));
  return reply;
}

/** With the seconds to wait: `Retry-After` where the answer is the refusal, `data.retryAfter` where it had begun. */
function isRefused(code: number): (observation: Observation) => boolean {
  return ({ reply }) => {
    if (reply === undefined || errorCodeOf(reply) !== code) return false;
    if (reply.status === 429) return Number(reply.headers['retry-after']) >= 1;
    const error = reply.message?.['error'];
    const data = isObject(error) ? error['data'] : undefined;
    return isObject(data) && Number(data['retryAfter']) >= 1;
  };
}
