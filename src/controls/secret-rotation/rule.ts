import { setTimeout as pause } from 'node:timers/promises';
import { judge, refused, resultOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const SIGNED = 'a signature with the first secret';
const REPLACED = 'the source of the secret was changed';
const TAKEN = 'a changed secret that is not taken up';
const ENDED = 'an old secret that stays good';
const DROPPED = 'a secret that is gone and stays in use';
const [WITHIN_MS, EVERY_MS] = [8_000, 100];

/** Changes the source of a secret under the running server, then takes it away, and watches what the server signs with. */
export const rule: Rule = {
  id: 'secret-rotation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const first = macOf(await call(connection, 'sign'));
    const replaced = resultOf(await call(connection, 'replace'))?.['isError'] !== true;
    const differs = async () => {
      const mac = macOf(await call(connection, 'sign'));
      return mac !== undefined && mac !== first;
    };
    const taken = first !== undefined && (await comesTrue(differs));
    const ended = taken && (await comesTrue(async () => !(await isGood(connection, first))));
    let dropped = false;
    if (ended) {
      await call(connection, 'remove');
      dropped = await comesTrue(async () => refused({ label: '', reply: await call(connection, 'sign') }));
    }
    await connection.close();
    return [
      { label: SIGNED, fact: first !== undefined },
      { label: REPLACED, fact: replaced },
      { label: TAKEN, fact: taken },
      { label: ENDED, fact: ended },
      { label: DROPPED, fact: dropped },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    const isTrue = ({ fact }: Observation) => fact === true;
    return judge(observations, {
      baseline: { [SIGNED]: isTrue, [REPLACED]: isTrue },
      attacks: { [TAKEN]: isTrue, [ENDED]: isTrue, [DROPPED]: isTrue },
    });
  },
};

function call(connection: Connection, name: string, args: Record<string, string> = {}): Promise<Reply> {
  return connection.request('tools/call', { name, arguments: args });
}

async function isGood(connection: Connection, mac: string): Promise<boolean> {
  return outputOf(await call(connection, 'check', { mac }))?.['good'] !== false;
}

function macOf(reply: Reply): string | undefined {
  const mac = outputOf(reply)?.['mac'];
  return typeof mac === 'string' ? mac : undefined;
}

function outputOf(reply: Reply): Record<string, unknown> | undefined {
  const output = resultOf(reply)?.['structuredContent'];
  return isObject(output) ? output : undefined;
}

async function comesTrue(holds: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + WITHIN_MS;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > until) return false;
    await pause(EVERY_MS);
  }
}
