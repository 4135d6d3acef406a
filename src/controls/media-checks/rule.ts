import { judge, refused, resultOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

/** What the metadata of the target's samples holds. */
const CANARY = 'canary-taken-at';

/** Samples of the target that must come back without what they tell, or not at all. */
const TELLING = ['exif', 'comment', 'text', 'gif-comment', 'webp-exif', 'list'];
/** Samples that must not come back. */
const HARMFUL = [
  'page-behind',
  'zip-behind',
  'page-inside',
  'bomb',
  'page',
  'program',
  'drawing',
  'another',
  'cut',
] as const;

/** Asks for pictures that tell more than they show, and for files that are no pictures; a plain one must be served. */
export const rule: Rule = {
  id: 'media-checks',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [];
    for (const sample of ['plain', ...TELLING, ...HARMFUL]) {
      seen.push({ label: `tool: ${sample}`, reply: await call(connection, sample) });
      seen.push({ label: `resource: ${sample}`, reply: await read(connection, sample) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks: Record<string, (observation: Observation) => boolean> = {};
    for (const way of ['tool', 'resource']) {
      for (const sample of TELLING) attacks[`${way}: ${sample}`] = isSilent;
      for (const sample of HARMFUL) attacks[`${way}: ${sample}`] = refused;
    }
    return judge(observations, { baseline: { 'tool: plain': isPicture, 'resource: plain': isPicture }, attacks });
  },
};

function call(connection: Connection, sample: string): Promise<Reply> {
  return connection.request('tools/call', { name: 'give_media', arguments: { sample } });
}

function read(connection: Connection, sample: string): Promise<Reply> {
  return connection.request('resources/read', { uri: `media://sample/${sample}` });
}

/** The decoded data of a result's first block or contents, as latin1. */
function dataOf(reply: Reply | undefined): string {
  const result = resultOf(reply);
  const list = result?.['content'] ?? result?.['contents'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const data = isObject(first) ? (first['data'] ?? first['blob']) : undefined;
  return typeof data === 'string' ? Buffer.from(data, 'base64').toString('latin1') : '';
}

function isPicture({ reply }: Observation): boolean {
  const data = dataOf(reply);
  return data.startsWith('\x89PNG') && data.includes('IEND');
}

function isSilent(observation: Observation): boolean {
  if (refused(observation)) return true;
  const data = dataOf(observation.reply);
  return data !== '' && !data.includes(CANARY);
}
