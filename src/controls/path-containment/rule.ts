import { judge, refused, resultOf, textOf } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Text of every file that must not be reached. */
const CANARY = 'canary-outside-of-the-root';

/** Paths that lead out of the root of the target, by what they use. */
const READS: ReadonlyMap<string, string> = new Map([
  ['a parent folder', '../outside/canary.txt'],
  ['a parent folder further down', 'reports/../../outside/canary.txt'],
  ['a sibling with a longer name', '../documents-old/canary.txt'],
  ['an absolute path', '/proc/self/status'],
  ['a symbolic link to a file', 'link.txt'],
  ['a symbolic link to a folder', 'folder-link/canary.txt'],
  ['a hard link', 'hard.txt'],
  ['a hidden file', '.env'],
]);
const LISTS: ReadonlyMap<string, string> = new Map([
  ['a list of a parent folder', '..'],
  ['a list of a linked folder', 'folder-link'],
]);
const WRITES: ReadonlyMap<string, string> = new Map([
  ['a write to a sibling folder', '../outside/written.txt'],
  ['a write through a linked folder', 'folder-link/written.txt'],
  ['a write of a hidden file', '.ssh/authorized_keys'],
]);
/** A template's variable cannot hold `..`; a link in the folder is all that is needed. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['a resource that is a link', 'documents:///link.txt'],
  ['a resource through a linked folder', 'documents:///folder-link/canary.txt'],
  ['a resource at an absolute path', 'documents:////proc/self/status'],
]);

/** Asks for files outside of a root, by tools and by resource URIs; a file inside must be served. */
export const rule: Rule = {
  id: 'path-containment',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [
      { label: 'a file of the root', reply: await call(connection, 'read_document', 'reports/may.txt') },
      { label: 'a resource of the root', reply: await read(connection, 'documents:///reports/may.txt') },
    ];
    for (const [label, path] of READS) seen.push({ label, reply: await call(connection, 'read_document', path) });
    for (const [label, path] of LISTS) seen.push({ label, reply: await call(connection, 'list_documents', path) });
    for (const [label, path] of WRITES) seen.push({ label, reply: await call(connection, 'write_document', path) });
    for (const [label, uri] of RESOURCES) seen.push({ label, reply: await read(connection, uri) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = [READS, LISTS, WRITES, RESOURCES].flatMap((attacks) => [...attacks.keys()]);
    const attacks = Object.fromEntries(labels.map((label) => [label, isStopped]));
    return judge(observations, {
      baseline: {
        'a file of the root': ({ reply }) => textOf(reply).includes('May was fine'),
        'a resource of the root': ({ reply }) =>
          JSON.stringify(resultOf(reply)?.['contents'] ?? '').includes('May was fine'),
      },
      attacks,
    });
  },
};

function call(connection: Connection, name: string, path: string): Promise<Reply> {
  return connection.request('tools/call', { name, arguments: { path } });
}

function read(connection: Connection, uri: string): Promise<Reply> {
  return connection.request('resources/read', { uri });
}

function isStopped(observation: Observation): boolean {
  return refused(observation) && observation.reply?.text.includes(CANARY) !== true;
}
