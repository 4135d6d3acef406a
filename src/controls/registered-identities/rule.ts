import { judge, served } from '../../audit/judge.ts';
import type { Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const READS = 'a registered client';
const WRITES = 'a registered client that writes';
const READER = 'a client within its scopes';
const JOB = 'a job in its own name';
const STRANGER = 'a client that is not registered';
const EXPIRED = 'a client past its last day';
const BEYOND = 'a client beyond its scopes';
const SHARED = 'a job in the name of a user';

/** Calls as clients that are registered, and as others, with tokens that are sound and have every scope. */
export const rule: Rule = {
  id: 'registered-identities',
  async gather(target: Target): Promise<readonly Observation[]> {
    const { mint } = target;
    if (mint === undefined) return [];
    // A legacy session belongs to its client: each opens one of its own.
    const call = async (client_id: string, tool = 'echo', sub = 'alice'): Promise<Reply> => {
      const token = await mint({ sub, client_id, scope: 'text:read text:write' });
      const connection = await target.connect({ token });
      const reply = await connection.request('tools/call', { name: tool, arguments: { text: 'probe' } });
      await connection.close();
      return reply;
    };
    const seen: readonly Observation[] = [
      { label: READS, reply: await call('test-client') },
      { label: WRITES, reply: await call('test-client', 'keep_text') },
      { label: READER, reply: await call('reader') },
      { label: JOB, reply: await call('nightly-job', 'echo', 'nightly') },
      { label: STRANGER, reply: await call('stranger') },
      { label: EXPIRED, reply: await call('old-job') },
      { label: BEYOND, reply: await call('reader', 'keep_text') },
      { label: SHARED, reply: await call('nightly-job') },
    ];
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [READS]: served, [WRITES]: served, [READER]: served, [JOB]: served },
      attacks: { [STRANGER]: isForbidden, [EXPIRED]: isForbidden, [BEYOND]: isForbidden, [SHARED]: isForbidden },
    });
  },
};

/** No challenge comes with it: no other token would help. */
function isForbidden({ reply }: Observation): boolean {
  return reply?.status === 403 && reply.headers['www-authenticate'] === undefined;
}
