import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** What a page can send to any address without asking, and what only looks like JSON. */
const TYPES: ReadonlyMap<string, string | undefined> = new Map([
  ['plain text', 'text/plain'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['a form with files', 'multipart/form-data; boundary=x'],
  ['plain text that mentions JSON', 'text/plain; application/json'],
  ['two types', 'application/json, text/plain'],
  ['another JSON', 'application/json-patch+json'],
  ['another charset', 'application/json; charset=utf-7'],
  ['no type', undefined],
]);

/** Sends a well-formed message under other media types than its own. */
export const rule: Rule = {
  id: 'media-type',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const ask = (headers: Readonly<Record<string, string | undefined>>) =>
      connection.request('tools/list', {}, { headers });
    const seen: Observation[] = [{ label: 'application/json', reply: await ask({}) }];
    for (const [label, type] of TYPES) seen.push({ label, reply: await ask({ 'content-type': type }) });
    seen.push({ label: 'an encoded body', reply: await ask({ 'content-encoding': 'identity' }) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'application/json': served },
      attacks: Object.fromEntries([...TYPES.keys(), 'an encoded body'].map((label) => [label, refused])),
    });
  },
};
