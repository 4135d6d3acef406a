import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

const WHO_AND_WHAT = ['request', 'principal', 'client', 'method', 'target', 'definition', 'args', 'decision', 'result'];

/** Calls, writes and is refused; then reads the log for what it did. */
export const rule: Rule = {
  id: 'audit-record',
  async gather(target: Target): Promise<readonly Observation[]> {
    const before = (await target.records()).length;
    const connection = await target.connect();
    const call = (name: string) => connection.request('tools/call', { name, arguments: { text: 'probe' } });
    const seen: Observation[] = [
      { label: 'a write', reply: await call('store_text') },
      { label: 'a call of no tool', reply: await call('no_such_tool') },
    ];
    if (target.transport === 'http') seen.push({ label: 'a call without a token', reply: await withoutToken(target) });
    // Refusals are written behind those who wait: the record of this last call comes after theirs.
    seen.push({ label: 'a read', reply: await call('echo') });
    await connection.close();
    const records = await target.records();
    const added = records.slice(before);
    seen.push(
      { label: 'the log', fact: records.length },
      { label: 'the record of the read', fact: outcomesOf(added, 'echo') },
      { label: 'the record of the write', fact: outcomesOf(added, 'store_text') },
      { label: 'the intent before it', fact: intendedFirst(added) },
      {
        label: 'the records of refusals',
        fact: added.flatMap(({ kind, decision }) => (kind === 'denied' ? [decision] : [])),
      },
    );
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const anonymous = observations.some(({ label }) => label === 'a call without a token');
    return judge(observations, {
      baseline: {
        'a read': served,
        'a write': served,
        'a call of no tool': refused,
        ...(anonymous ? { 'a call without a token': refused } : {}),
        'the log': ({ fact }) => typeof fact === 'number' && fact > 0,
      },
      attacks: {
        'the record of the read': ({ fact }) => fact === 1,
        'the record of the write': ({ fact }) => fact === 1,
        'the intent before it': ({ fact }) => fact === true,
        'the records of refusals': ({ fact }) =>
          Array.isArray(fact) && fact.length >= (anonymous ? 2 : 1) && fact.every((code) => typeof code === 'string'),
      },
    });
  },
};

async function withoutToken(target: Target) {
  const connection = await target.connect({ token: null });
  const reply = await connection.request('tools/list');
  await connection.close();
  return reply;
}

/** How many complete outcomes the records hold for a target. */
function outcomesOf(records: readonly JsonObject[], name: string): number {
  return records.filter(
    (record) =>
      record['kind'] === 'outcome' &&
      record['target'] === name &&
      record['decision'] === 'pass' &&
      WHO_AND_WHAT.every((field) => typeof record[field] === 'string' && record[field] !== ''),
  ).length;
}

/** Whether the write was recorded as intended before it was recorded as done, under one request id. */
function intendedFirst(records: readonly JsonObject[]): boolean {
  const at = (kind: string) =>
    records.findIndex((record) => record['kind'] === kind && record['target'] === 'store_text');
  const [intent, outcome] = [at('intent'), at('outcome')];
  return intent !== -1 && intent < outcome && records[intent]?.['request'] === records[outcome]?.['request'];
}
