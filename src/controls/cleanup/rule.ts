import { randomUUID } from 'node:crypto';
import { judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Makes a call that opens something within the batch, and ends it in one way. */
type Ending = (connection: Connection, batch: string) => Promise<Reply>;

const ENDINGS: ReadonlyMap<string, Ending> = new Map<string, Ending>([
  ['after an answer', (connection, batch) => work(connection, batch, 'answer')],
  ['after an error', (connection, batch) => work(connection, batch, 'error')],
  [
    'after a deadline',
    (connection, batch) => connection.request('tools/call', { name: 'hurry', arguments: { batch } }),
  ],
  ['after the caller hung up', hangUp],
]);

/** Lets calls end in every way there is, and asks each time whether what they opened has been released. */
export const rule: Rule = {
  id: 'cleanup',
  async gather(target: Target): Promise<readonly Observation[]> {
    const seen: Observation[] = [];
    const connection = await target.connect();
    seen.push({ label: 'nothing open', reply: await settled(connection, randomUUID()) });
    await Promise.all(
      [...ENDINGS].map(async ([label, end]) => {
        const batch = randomUUID();
        await end(connection, batch);
        seen.push({ label, reply: await settled(connection, batch) });
      }),
    );
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ENDINGS.keys()].map((label) => [label, served]));
    return judge(observations, { baseline: { 'nothing open': served }, attacks });
  },
};

function work(connection: Connection, batch: string, ending: string): Promise<Reply> {
  return connection.request('tools/call', { name: 'work', arguments: { batch, ending } });
}

function settled(connection: Connection, batch: string): Promise<Reply> {
  return connection.request('tools/call', { name: 'settled', arguments: { batch } });
}

/** Goes away as soon as the work says that it has begun. */
function hangUp(connection: Connection, batch: string): Promise<Reply> {
  const gone = new AbortController();
  return connection.request(
    'tools/call',
    { name: 'work', arguments: { batch, ending: 'wait' } },
    {
      meta: { progressToken: batch },
      signal: gone.signal,
      onNotification: ({ params }) => {
        if (JSON.stringify(params ?? {}).includes(batch)) gone.abort();
      },
    },
  );
}
