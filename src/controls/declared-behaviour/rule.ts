import { judge, refused, served, textOf } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

/** What the tool does that it never declared, and what the runtime calls it. */
const DEEDS: ReadonlyMap<string, string> = new Map([
  ['read', 'FileSystemRead /etc/hosts'],
  ['list', 'FileSystemRead'],
  ['write', 'FileSystemWrite'],
  ['spawn', 'ChildProcess /bin/echo'],
  ['quietly', 'FileSystemRead /etc/hosts'],
]);
const NOTHING = 'a call that touches nothing';
const labelOf = (deed: string): string => `a handler that undeclared would ${deed}`;
const recordOf = (deed: string): string => `a record of: ${deed}`;

/** Calls a tool that declares nothing and has it read, list, write, start a program, and look without a word. */
export const rule: Rule = {
  id: 'declared-behaviour',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const call = (deed: string) => connection.request('tools/call', { name: 'peek', arguments: { deed } });
    const seen: Observation[] = [{ label: NOTHING, reply: await call('nothing') }];
    for (const deed of DEEDS.keys()) {
      const before = await countViolations(target);
      seen.push({ label: labelOf(deed), reply: await call(deed) });
      const records = (await target.records()).filter(isViolation).slice(before);
      seen.push({
        label: recordOf(deed),
        fact: records.map(({ target: tool, detail }) => `${String(tool)} ${String(detail)}`),
      });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = [...DEEDS].flatMap(([deed, what]) => [
      [labelOf(deed), deed === 'quietly' ? sawNothing : refused] as const,
      [recordOf(deed), ({ fact }: Observation) => isRecorded(fact, `peek ${what}`)] as const,
    ]);
    return judge(observations, { baseline: { [NOTHING]: sawNothing }, attacks: Object.fromEntries(attacks) });
  },
};

async function countViolations(target: Target): Promise<number> {
  return (await target.records()).filter(isViolation).length;
}

function isViolation(record: unknown): boolean {
  return isObject(record) && record['kind'] === 'violation';
}

function isRecorded(fact: unknown, begins: string): boolean {
  return Array.isArray(fact) && fact.some((text) => typeof text === 'string' && text.startsWith(begins));
}

function sawNothing(observation: Observation): boolean {
  return served(observation) && textOf(observation.reply).includes('nothing');
}
