import { judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const TOOL = "another's note by a tool";
const TEMPLATE = "another's note by its URI";
const BOB_TOOL = 'the same note by a tool, as another caller';
const BOB_TEMPLATE = 'the same note by its URI, as another caller';
const ORACLE = "another's note and one that is not there";

/** Reads its own note, then the same way a note of another; over HTTP also the first note as another caller. */
export const rule: Rule = {
  id: 'object-authorization',
  async gather(target: Target): Promise<readonly Observation[]> {
    const alice = await target.connect();
    const foreign = await byUri(alice, 'note-of-bob');
    const seen: Observation[] = [
      { label: 'an own note by a tool', reply: await byTool(alice, 'note-of-alice') },
      { label: 'an own note by its URI', reply: await byUri(alice, 'note-of-alice') },
      { label: TOOL, reply: await byTool(alice, 'note-of-bob') },
      { label: TEMPLATE, reply: foreign },
      { label: ORACLE, fact: { foreign: told(foreign), absent: told(await byUri(alice, 'note-of-eve')) } },
    ];
    await alice.close();
    if (target.mint === undefined) return seen;
    const bob = await target.connect({ token: await target.mint({ sub: 'bob', scope: 'notes:read' }) });
    seen.push({ label: BOB_TOOL, reply: await byTool(bob, 'note-of-alice') });
    seen.push({ label: BOB_TEMPLATE, reply: await byUri(bob, 'note-of-alice') });
    await bob.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = observations.map(({ label }) => label);
    const attacked = [TOOL, TEMPLATE, ...labels.filter((label) => label === BOB_TOOL || label === BOB_TEMPLATE)];
    return judge(observations, {
      baseline: { 'an own note by a tool': served, 'an own note by its URI': served },
      attacks: {
        ...Object.fromEntries(attacked.map((label) => [label, refused])),
        [ORACLE]: ({ fact }) => isSame(fact),
      },
    });
  },
};

function byTool(connection: Connection, note: string): Promise<Reply> {
  return connection.request('tools/call', { name: 'read_note', arguments: { note_id: note } });
}

function byUri(connection: Connection, note: string): Promise<Reply> {
  return connection.request('resources/read', { uri: `notes://note/${note}` });
}

/** What a reply says, without what differs from request to request: ids and the URI that was asked for. */
function told({ status, message }: Reply): string {
  const text = JSON.stringify(message?.['error'] ?? message?.['result'] ?? null);
  return `${status ?? ''} ${text.replaceAll(/note-of-\w+/g, '').replaceAll(/"request":"[^"]*"/g, '')}`;
}

function isSame(fact: unknown): boolean {
  return (
    typeof fact === 'object' && fact !== null && 'foreign' in fact && 'absent' in fact && fact.foreign === fact.absent
  );
}
