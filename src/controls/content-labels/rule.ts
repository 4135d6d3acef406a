import { judge, resultOf, served, textOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const THERE = 'the text of a stranger';
const FIELD = 'the record of a stranger';
const LABEL = 'the label of a text';
const RECORD_LABEL = 'the label of a record';
const FENCE = 'the fence of a text';
const NESTED = 'a fence inside of a text';
const FRESH = 'the number of a fence, twice';
/** What begins and ends a text; the number is the same in both. */
const FENCED = /^<<untrusted (\w{16,})\b[^\n>]*>>\n([\s\S]*)\n<<end \1>>$/;
const INSIDE = /[<\uFF1C\u00AB]{2}\s*(?:untrusted|end)\b|\u00ABend\b/i;

/** Asks for what somebody else wrote, who tries to end the fence; looks for the label and the fence. */
export const rule: Rule = {
  id: 'content-labels',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const first = await call(connection, 'fetch_note');
    const second = await call(connection, 'fetch_note');
    const record = await call(connection, 'fetch_record');
    await connection.close();
    const [one, two] = [FENCED.exec(textOf(first)), FENCED.exec(textOf(second))];
    return [
      { label: THERE, reply: first, fact: textOf(first).includes('STRANGER') },
      { label: FIELD, reply: record, fact: textOf(record) === '{"text":"STRANGER"}' },
      { label: LABEL, reply: first, fact: isLabelled(first) },
      { label: RECORD_LABEL, reply: record, fact: isLabelled(record) },
      { label: FENCE, reply: first, fact: one !== null },
      { label: NESTED, reply: first, fact: one !== null && !INSIDE.test(one[2] ?? '') },
      { label: FRESH, reply: second, fact: one !== null && two !== null && one[1] !== two[1] },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [THERE]: holds, [FIELD]: holds },
      attacks: { [LABEL]: holds, [RECORD_LABEL]: holds, [FENCE]: holds, [NESTED]: holds, [FRESH]: holds },
    });
  },
};

const call = (connection: Connection, name: string): Promise<Reply> =>
  connection.request('tools/call', { name, arguments: {} });
const holds = (seen: Observation): boolean => served(seen) && seen.fact === true;

function isLabelled(reply: Reply): boolean {
  const meta = resultOf(reply)?.['_meta'];
  if (!isObject(meta)) return false;
  const source = meta['portcullis/source'];
  return meta['portcullis/provenance'] === 'untrusted' && typeof source === 'string' && source !== '';
}
