import { judge, resultOf } from '../../audit/judge.ts';
import { agrees, callWithPerson, silent, wasNotAsked, wasStopped, type Person } from '../../audit/questions.ts';
import type { Connection, Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const APPROVED = 'the call that was approved';
const AGAIN = 'the same call once more';
const ALTERED = 'the call with another amount';
const OTHER_TOOL = 'the same arguments for another tool';
const CALLER = 'the same call by another caller';
const CLIENT = 'the same call by another client of the caller';
const STORM = 'requests after four that were declined';
const DECLINES = 4;

/** Has one call approved, and makes others that are like it while nobody answers; then asks until nobody should be asked. */
export const rule: Rule = {
  id: 'approval-binding',
  async gather(target: Target): Promise<readonly Observation[]> {
    const capabilities = { elicitation: { form: {} } };
    const alice = await target.connect({ capabilities });
    const seen = [await call(alice, APPROVED, 10, agrees)];
    seen.push(await call(alice, AGAIN, 10, silent));
    seen.push(await call(alice, ALTERED, 999, silent));
    seen.push(await call(alice, OTHER_TOOL, 10, silent, 'refund'));
    if (target.mint !== undefined) {
      const scope = 'money:pay';
      for (const [label, claims] of [
        [CALLER, { sub: 'bob', scope }],
        [CLIENT, { sub: 'alice', scope, client_id: 'another-client' }],
      ] as const) {
        const other = await target.connect({ token: await target.mint(claims), capabilities });
        seen.push(await call(other, label, 10, silent));
        await other.close();
      }
    }
    const declines: Person = () => ({ action: 'decline' });
    for (let count = 0; count < DECLINES; count += 1) await call(alice, '', 100 + count, declines, 'refund');
    seen.push(await call(alice, STORM, 200, declines, 'refund'));
    await alice.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isHttp = observations.some(({ label }) => label === CALLER);
    const labels = [AGAIN, ALTERED, OTHER_TOOL, ...(isHttp ? [CALLER, CLIENT] : [])];
    const attacks = { ...Object.fromEntries(labels.map((label) => [label, wasStopped])), [STORM]: wasNotAsked };
    return judge(observations, { baseline: { [APPROVED]: hasRun }, attacks });
  },
};

async function call(
  connection: Connection,
  label: string,
  amount: number,
  person: Person,
  name = 'pay',
): Promise<Observation> {
  const { reply, asked } = await callWithPerson(connection, { name, arguments: { amount } }, person);
  return { label, reply, fact: asked.length };
}

function hasRun({ reply }: Observation): boolean {
  return JSON.stringify(resultOf(reply)?.['structuredContent']) === '{"paid":10}';
}
