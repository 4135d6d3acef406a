import { isObject, type JsonObject } from '../../../protocol/json.ts';
import type { Era } from '../../../protocol/versions.ts';
import { describeExchange, outcomeOf, type Exchange, type Seen } from '../../live/exchange.ts';
import { inEra, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { LiveConnection, LiveSubject } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { listIn, resultOf } from '../../probes/answers.ts';
import { madeUpText } from '../../probes/made-up.ts';
import { faultOfUsers } from '../../probes/two-users.ts';

const EXTENSION = 'io.modelcontextprotocol/tasks';
const [MOST_CALLS, TTL_MS, PATIENCE_MS, LONGEST_ID] = [6, 60_000, 2_000, 512];
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'failed', 'cancelled']);

const meta: RuleMeta = {
  id: 'foreign-task',
  title: "A task is its owner's alone",
  failure: 'A task is handed to whom it does not belong',
  severity: 'high',
  confidence: 'high',
  controls: ['AUZ-03', 'ISO-02'],
  method: 'probe',
  remedy:
    'Keep tasks by the principal of the verified token and their id together, check both in every request about a task, and answer a foreign id as one that never was.',
  references: [
    'MCP extension io.modelcontextprotocol/tasks (SEP-2663), security implications',
    'MCP 2025-11-25 basic/utilities/tasks, task isolation and access control',
    'CWE-639',
  ],
};

const MESSAGES = {
  read: 'a task of one user is told to another',
  result: 'the result of a task of one user is given to another',
  listed: 'the tasks of one user are listed to another',
  ended: 'a task of one user is ended by another',
  'never was': 'a task is told that never was',
} as const;

/** One thing that was tried with the id of a task. */
interface Try {
  readonly kind: keyof typeof MESSAGES;
  readonly era: Era;
  readonly came: 'given' | 'kept' | 'unclear';
  readonly said: string;
}

interface Facts {
  readonly fault?: string;
  readonly tasks: number;
  readonly tries: readonly Try[];
}

/** Has a task made by a call that does no harm, asks for it as another user, and ends it. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined) return undefined;
    const exchanges: Exchange[] = [];
    const tries: Try[] = [];
    let [tasks, hasTasks] = [0, false];
    let fault = faultOfUsers(subject);
    for (const era of subject.eras) {
      const user = await subject.open('user', era, { capabilities: CAPABILITIES[era] });
      const isOffered = await offersTasks(user);
      hasTasks ||= isOffered;
      const id = isOffered && fault === undefined ? await taskOf(subject, user) : undefined;
      if (id === undefined) {
        await user.close();
        continue;
      }
      tasks += 1;
      const second = await subject.open('second', era, { capabilities: CAPABILITIES[era] });
      const found = await attack({ user, second, id, exchanges });
      await Promise.all([user.close(), second.close()]);
      if (typeof found === 'string') fault = found;
      else tries.push(...found);
    }
    return hasTasks ? { exchanges, facts: { tasks, tries, ...(fault === undefined ? {} : { fault }) } } : undefined;
  },
  judge({ facts: { fault, tasks, tries } }) {
    const given = tries.filter(({ came }) => came === 'given');
    if (given.length > 0)
      return { status: 'fail', why: `${meta.failure}: ${given.length} of ${tries.length} tried`, hits: hitsOf(given) };
    if (fault !== undefined) return unknown(fault);
    if (tasks === 0)
      return unknown("no call made a task: name one that does, and does no harm, with --call tool='{...}'");
    const unclear = tries.find(({ came }) => came === 'unclear');
    if (unclear !== undefined) return unknown(unclear.said);
    return { status: 'pass', why: `${meta.title}: ${tries.length} tried`, hits: [] };
  },
});

const CAPABILITIES: Readonly<Record<Era, JsonObject>> = {
  modern: { extensions: { [EXTENSION]: {} } },
  legacy: { tasks: {} },
};

function hitsOf(given: readonly Try[]): readonly Hit[] {
  return [...Map.groupBy(given, ({ kind }) => kind)].flatMap(([kind, [first]]) => {
    if (first === undefined) return [];
    const hit: Hit = { message: MESSAGES[kind], place: { exchange: `${kind} (${first.era})` }, evidence: first.said };
    return [kind === 'never was' ? { ...hit, severity: 'medium' } : hit];
  });
}

/** In the modern era an extension of the server, in the legacy one a capability for calls of tools. */
async function offersTasks(connection: LiveConnection): Promise<boolean> {
  const { era, hello } = connection;
  const about = hello ?? (await connection.ask('what the server says of itself', 'server/discover'));
  const capabilities = memberOf(resultOf(about), 'capabilities');
  if (era === 'modern') return memberOf(memberOf(capabilities, 'extensions'), EXTENSION) !== undefined;
  const calls = memberOf(memberOf(memberOf(capabilities, 'tasks'), 'requests'), 'tools');
  return memberOf(calls, 'call') !== undefined;
}

function memberOf(value: JsonObject | undefined, key: string): JsonObject | undefined {
  const member = value?.[key];
  return isObject(member) ? member : undefined;
}

/** The id of a task that one of the calls makes. */
async function taskOf(subject: LiveSubject, user: LiveConnection): Promise<string | undefined> {
  const { era } = user;
  for (const { name, arguments: args } of subject.harmless.slice(0, MOST_CALLS)) {
    const tool = subject.surface.tools.find((each) => each['name'] === name);
    const support = memberOf(tool, 'execution')?.['taskSupport'];
    if (era === 'legacy' && support !== 'optional' && support !== 'required') continue;
    const task = era === 'legacy' ? { task: { ttl: TTL_MS } } : {};
    const result = resultOf(await user.ask(`a call of ${name}`, 'tools/call', { name, arguments: args, ...task }));
    const made = era === 'legacy' ? memberOf(result, 'task') : result?.['resultType'] === 'task' ? result : undefined;
    const id = made?.['taskId'];
    if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID) continue;
    subject.hide(id, 'task id');
    return id;
  }
  return undefined;
}

interface Stage {
  readonly user: LiveConnection;
  readonly second: LiveConnection;
  readonly id: string;
  readonly exchanges: Exchange[];
}

/** Why nothing can be told, or what was tried. */
async function attack({ user, second, id, exchanges }: Stage): Promise<readonly Try[] | string> {
  const { era } = user;
  const send = async (who: LiveConnection, label: string, method: string, taskId: string): Promise<Seen> => {
    // The extension has the id stand in a header as well.
    const more = era === 'modern' ? { headers: { 'mcp-name': taskId } } : {};
    const seen = await who.ask(inEra(label, era), method, { taskId }, { ...more, patienceMs: PATIENCE_MS });
    exchanges.push(seen.exchange);
    return seen;
  };
  const tries: Try[] = [];
  const judge = (kind: Try['kind'], seen: Seen, isGiven: boolean): void => {
    const outcome = outcomeOf(seen.exchange);
    const came = outcome === 'unclear' ? 'unclear' : outcome === 'served' && isGiven ? 'given' : 'kept';
    tries.push({ kind, era, came, said: describeExchange(seen.exchange) });
  };
  const hello = await second.ask(inEra('the other user', era), 'tools/list');
  exchanges.push(hello.exchange);
  if (outcomeOf(hello.exchange) !== 'served')
    return `the other user is not served (${describeExchange(hello.exchange)})`;
  const own = await send(user, 'its owner asks for a task', 'tasks/get', id);
  if (!isTask(own, id)) return `a task is not told to its owner: ${describeExchange(own.exchange)}`;
  const read = await send(second, 'the other user asks for it', 'tasks/get', id);
  judge('read', read, isTask(read, id));
  const other = madeUpText(id);
  const none = await send(user, 'its owner asks for one that never was', 'tasks/get', other);
  judge('never was', none, isTask(none, other));
  const hasEnded = ENDED.has(resultOf(own)?.['status']);
  if (era === 'legacy') {
    const list = await send(second, 'the other user lists tasks', 'tasks/list', id);
    judge(
      'listed',
      list,
      listIn(resultOf(list), 'tasks').some(({ taskId }) => taskId === id),
    );
    // Before its end the answer would wait for it.
    if (hasEnded) judge('result', await send(second, 'the other user asks for its result', 'tasks/result', id), true);
  }
  if (!hasEnded) {
    await send(second, 'the other user ends it', 'tasks/cancel', id);
    const after = await send(user, 'its owner asks for it again', 'tasks/get', id);
    judge('ended', after, resultOf(after)?.['status'] === 'cancelled');
    await send(user, 'its owner ends it', 'tasks/cancel', id);
  }
  return tries;
}

function isTask(seen: Seen, id: string): boolean {
  return outcomeOf(seen.exchange) === 'served' && resultOf(seen)?.['taskId'] === id;
}
