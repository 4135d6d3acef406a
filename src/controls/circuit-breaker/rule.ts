import { setTimeout as pause } from 'node:timers/promises';
import { errorCodeOf, judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const FAILURES = 8;
/** Milliseconds after which the target must try again; its own pause must be below. */
const AGAIN_MS = 1_500;
const CIRCUIT_OPEN = 50306;
const BEFORE = 'a call before';
const REFUSED_ARGUMENTS = 'a call after many with arguments that are refused';
const PAUSED = 'a call after many that failed';
const OTHER_TOOL = 'a call of another tool';
const OTHER_CALLER = 'a call of another caller';
const EVERYONE = 'a call of another caller after the failures of several';
const AGAIN = 'a call after the pause';

/** Makes a tool fail, as one caller and as several, and waits until it may be tried again. */
export const rule: Rule = {
  id: 'circuit-breaker',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: BEFORE, reply: await call(connection, false) }];
    for (let sent = 0; sent < FAILURES; sent++)
      await connection.request('tools/call', { name: 'flaky', arguments: { fail: 'yes' } });
    seen.push({ label: REFUSED_ARGUMENTS, reply: await call(connection, false) });
    await failures(connection);
    seen.push({ label: PAUSED, reply: await call(connection, false) });
    seen.push({ label: OTHER_TOOL, reply: await echo(connection) });
    if (target.mint !== undefined) seen.push(...(await others(target, target.mint)));
    await pause(AGAIN_MS);
    seen.push({ label: AGAIN, reply: await call(connection, false) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isHttp = observations.some(({ label }) => label === OTHER_CALLER);
    return judge(observations, {
      baseline: { [BEFORE]: served },
      attacks: {
        [REFUSED_ARGUMENTS]: served,
        [PAUSED]: isPaused,
        [OTHER_TOOL]: served,
        [AGAIN]: served,
        ...(isHttp ? { [OTHER_CALLER]: served, [EVERYONE]: isPaused } : {}),
      },
    });
  },
};

async function others(target: Target, mint: NonNullable<Target['mint']>): Promise<readonly Observation[]> {
  const as = async (sub: string) => target.connect({ token: await mint({ sub, scope: 'text:read' }) });
  const bob = await as('bob');
  const seen: Observation[] = [{ label: OTHER_CALLER, reply: await call(bob, false) }];
  for (const sub of ['carol', 'dave', 'erin']) {
    const other = await as(sub);
    await failures(other);
    await other.close();
  }
  seen.push({ label: EVERYONE, reply: await call(bob, false) });
  await bob.close();
  return seen;
}

async function failures(connection: Connection): Promise<void> {
  for (let sent = 0; sent < FAILURES; sent++) await call(connection, true);
}

const call = (connection: Connection, fail: boolean): Promise<Reply> =>
  connection.request('tools/call', { name: 'flaky', arguments: { fail } });
const echo = (connection: Connection): Promise<Reply> =>
  connection.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });

function isPaused({ reply }: Observation): boolean {
  if (errorCodeOf(reply) !== CIRCUIT_OPEN) return false;
  return reply?.status === undefined || (reply.status === 503 && Number(reply.headers['retry-after']) >= 1);
}
