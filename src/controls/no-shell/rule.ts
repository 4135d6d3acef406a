import { judge, served, textOf } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** What a shell makes of each payload; none of them holds it. */
const CANARY = 'canary-42';
const PLAIN = 'plain words';

const ATTACKS: ReadonlyMap<string, string> = new Map([
  ['a second command', '; echo canary-$((6*7))'],
  ['a substitution', '$(echo canary-$((6*7)))'],
  ['a substitution in backticks', '`echo canary-$((6*7))`'],
  ['a pipe', '| echo canary-$((6*7))'],
  ['a command if the first succeeds', '&& echo canary-$((6*7))'],
  ['a command if the first fails', '|| echo canary-$((6*7)); echo canary-$((6*7))'],
  ['a command behind a line break', 'x\necho canary-$((6*7))'],
  ['an arithmetic expansion', 'canary-$((6*7))'],
  ['an option', '--version'],
]);

/** Calls `repeat`, which hands its text to a program, with texts that a shell or the program itself would act on. */
export const rule: Rule = {
  id: 'no-shell',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const call = (text: string) => connection.request('tools/call', { name: 'repeat', arguments: { text } });
    const seen: Observation[] = [{ label: PLAIN, reply: await call(PLAIN) }];
    for (const [label, payload] of ATTACKS) seen.push({ label, reply: await call(payload) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, isInert]));
    return judge(observations, { baseline: { [PLAIN]: isRepeated }, attacks });
  },
};

function isRepeated(observation: Observation): boolean {
  return served(observation) && textOf(observation.reply).includes(PLAIN);
}

/** Refused, or repeated as it is: neither what a shell makes of it, nor what the program says of its version. */
function isInert({ reply }: Observation): boolean {
  const text = reply?.text ?? '';
  return !text.includes(CANARY) && !/coreutils|busybox/i.test(text);
}
