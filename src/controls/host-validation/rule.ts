import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const NAMES: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  ['a foreign host', { host: 'attacker.example' }],
  ['a look-alike of the server', { host: '127.0.0.1.attacker.example' }],
  ['a foreign host forwarded as the right one', { host: 'attacker.example', 'x-forwarded-host': 'localhost' }],
]);

/** Sends what a page does whose name was rebound to the server's address: its own name as Host. */
export const rule: Rule = {
  id: 'host-validation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'its own host', reply: await connection.request('tools/list') }];
    for (const [label, headers] of NAMES) {
      seen.push({ label, reply: await connection.request('tools/list', {}, { headers }) });
    }
    await connection.close();
    const own = target.url?.host ?? '';
    const path = '/.well-known/oauth-protected-resource';
    const raw = async (label: string, headers: readonly (readonly [string, string])[], at = path) => {
      const reply = await target.raw({ method: 'GET', path: at, headers }).catch(() => undefined);
      seen.push(reply === undefined ? { label } : { label, reply });
    };
    await raw('a document for its own host', [['Host', own]]);
    await raw('a document for a foreign host', [['Host', 'attacker.example']]);
    await raw('two hosts', [
      ['Host', own],
      ['Host', 'attacker.example'],
    ]);
    await raw('no host', []);
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const documents = ['a document for a foreign host', 'two hosts', 'no host'];
    return judge(observations, {
      baseline: { 'its own host': served },
      attacks: Object.fromEntries([
        ...[...NAMES.keys()].map((label) => [label, refused] as const),
        ...documents.map((label) => [label, isUnanswered] as const),
      ]),
    });
  },
};

/** Closing the connection without a word is a refusal as well. */
function isUnanswered(observation: Observation): boolean {
  return observation.reply?.status === undefined || refused(observation);
}
