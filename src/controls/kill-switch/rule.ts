import { setTimeout as pause } from 'node:timers/promises';
import { judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, TargetOperator, Verdict } from '../../audit/rule.ts';

const PATIENCE_MS = 3_000;
const BEFORE = 'a call before';
const IN_PROGRESS = 'a call in progress of a tool that is switched off';
const NEXT = 'the next call of that tool';
const OTHER = 'a call of another tool';
const FORGED = 'a call of that tool after the register was forged';
const CALLERS = ['client', 'principal'] as const;
const off = (kind: string): string => `a call of a ${kind} that is switched off`;
const on = (kind: string): string => `a call of a ${kind} that is switched on again`;

/** Switches things off as their operator does, and forges the register as an intruder in the store would. */
export const rule: Rule = {
  id: 'kill-switch',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: BEFORE, reply: await echo(connection) }];
    const { operator } = target;
    if (operator !== undefined) {
      seen.push({ label: IN_PROGRESS, reply: await holdAndDisable(connection, operator) });
      seen.push({ label: NEXT, reply: await hold(connection, 500) });
      seen.push({ label: OTHER, reply: await echo(connection) });
    }
    await connection.close();
    if (operator !== undefined) seen.push(...(await disableCallers(target, operator)));
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [BEFORE]: served },
      attacks: {
        [IN_PROGRESS]: refused,
        [NEXT]: refused,
        [OTHER]: served,
        ...Object.fromEntries(CALLERS.flatMap((kind) => [[off(kind), refused] as const, [on(kind), served] as const])),
        [FORGED]: refused,
      },
    });
  },
};

const echo = (connection: Connection): Promise<Reply> =>
  connection.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });

/** A call that would last for as long as its caller waits. */
function hold(connection: Connection, hangUpMs: number, onBegun?: () => void): Promise<Reply> {
  const meta = onBegun === undefined ? {} : { meta: { progressToken: 'hold' } };
  return connection.request(
    'tools/call',
    { name: 'hold', arguments: {} },
    { ...meta, signal: AbortSignal.timeout(hangUpMs), onNotification: () => onBegun?.() },
  );
}

async function holdAndDisable(connection: Connection, operator: TargetOperator): Promise<Reply> {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const held = hold(connection, PATIENCE_MS, resolve);
  await Promise.race([begun, held, pause(PATIENCE_MS, undefined, { ref: false })]);
  await operator.disable('tool', 'hold');
  return held;
}

async function disableCallers(target: Target, operator: TargetOperator): Promise<readonly Observation[]> {
  const once = async (call: (connection: Connection) => Promise<Reply>): Promise<Reply> => {
    const connection = await target.connect();
    const reply = await call(connection);
    await connection.close();
    return reply;
  };
  const seen: Observation[] = [];
  for (const kind of CALLERS) {
    await operator.disable(kind);
    seen.push({ label: off(kind), reply: await once(echo) });
    await operator.enable(kind);
    seen.push({ label: on(kind), reply: await once(echo) });
  }
  await operator.forge();
  seen.push({ label: FORGED, reply: await once((connection) => hold(connection, 500)) });
  return seen;
}
