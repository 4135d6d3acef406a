import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { liveReport, outcomeOf } from '../../../../test/support/live-audit.ts';
import { startTwoUserServer, TWO_USERS, type Answerer, type Who } from '../../../../test/support/two-user-server.ts';

const RULE = 'foreign-task';
const EXTENSION = 'io.modelcontextprotocol/tasks';
const CAPABILITIES = { tools: {}, extensions: { [EXTENSION]: {} } };
const TOOL = { name: 'count', annotations: { readOnlyHint: true }, inputSchema: { type: 'object' } };

interface Task {
  readonly owner: Who;
  status: string;
}

/** Whether somebody may ask for a task, and end it. */
interface Rights {
  readonly get?: (task: Task | undefined, who: Who) => boolean;
  readonly end?: (task: Task | undefined, who: Who) => boolean;
}

const isOwner = (task: Task | undefined, who: Who): boolean => task?.owner === who;

/** Counts in a task that takes long. */
function counting({ get = isOwner, end = isOwner }: Rights = {}): Answerer {
  const tasks = new Map<string, Task>();
  return (method, params, who, request) => {
    const id = typeof params['taskId'] === 'string' ? params['taskId'] : '';
    const task = tasks.get(id);
    if (method === 'tools/list') return { tools: [TOOL] };
    if (method === 'tools/call') {
      const meta = JSON.stringify(params['_meta']);
      if (!meta.includes(EXTENSION)) return { code: -32_021, message: 'Tasks are needed' };
      const taskId = randomUUID();
      tasks.set(taskId, { owner: who, status: 'working' });
      return { resultType: 'task', taskId, status: 'working', ttlMs: 60_000 };
    }
    if (!method.startsWith('tasks/')) return undefined;
    if (request.headers['mcp-name'] !== id) return { code: -32_020, message: 'Mcp-Name', status: 400 };
    const unknown = { code: -32_602, message: 'Unknown task' };
    if (method === 'tasks/get')
      return get(task, who) ? { resultType: 'complete', taskId: id, status: task?.status ?? 'working' } : unknown;
    if (!end(task, who)) return unknown;
    if (task !== undefined) task.status = 'cancelled';
    return { resultType: 'complete' };
  };
}

async function judged(t: TestContext, answer: Answerer, tokens = TWO_USERS, capabilities: object = CAPABILITIES) {
  const url = await startTwoUserServer(t, { ...capabilities }, answer);
  return outcomeOf(await liveReport(url, { tokens }, [RULE]), RULE);
}

test('foreign-task passes tasks that are their owners alone', async (t) => {
  const outcome = await judged(t, counting());
  assert.equal(outcome?.status, 'pass', outcome?.why);
  assert.match(outcome.why, /3 tried/);
});

test('foreign-task passes a server that acknowledges every end, and ends nothing of another', async (t) => {
  const right = counting();
  const outcome = await judged(t, (method, params, who, request) =>
    method === 'tasks/cancel' && who === 'bob' ? { resultType: 'complete' } : right(method, params, who, request),
  );
  assert.equal(outcome?.status, 'pass', outcome?.why);
});

test('foreign-task tells each thing that a foreign id is good for', async (t) => {
  for (const [rights, message] of [
    [{ get: (task) => task !== undefined }, 'a task of one user is told to another'],
    [{ end: (task) => task !== undefined }, 'a task of one user is ended by another'],
    [{ get: (task, who) => task === undefined || isOwner(task, who) }, 'a task is told that never was'],
  ] as readonly (readonly [Rights, string])[]) {
    const outcome = await judged(t, counting(rights));
    assert.equal(outcome?.status, 'fail', outcome?.why);
    assert.deepEqual(
      outcome.findings.map((finding) => finding.message),
      [message],
    );
  }
});

test('foreign-task tells tasks of the legacy era, their results and their lists', async (t) => {
  for (const isRight of [true, false]) {
    const tasks = new Map<unknown, Who>();
    const answer: Answerer = (method, params, who) => {
      const { taskId } = params;
      const mayRead = tasks.get(taskId) === who || (!isRight && tasks.has(taskId));
      if (method === 'tools/list') return { tools: [{ ...TOOL, execution: { taskSupport: 'optional' } }] };
      if (method === 'tools/call' && params['task'] === undefined) return { content: [] };
      if (method === 'tools/call') {
        const id = randomUUID();
        tasks.set(id, who);
        return { task: { taskId: id, status: 'completed' } };
      }
      if (method === 'tasks/list')
        return { tasks: [...tasks].filter(([, owner]) => !isRight || owner === who).map(([id]) => ({ taskId: id })) };
      if (!method.startsWith('tasks/')) return undefined;
      return mayRead ? { taskId, status: 'completed' } : { code: -32_602, message: 'Unknown task' };
    };
    const capabilities = { tools: {}, tasks: { requests: { tools: { call: {} } } } };
    const url = await startTwoUserServer(t, capabilities, answer, { isLegacy: true });
    const outcome = outcomeOf(await liveReport(url, { tokens: TWO_USERS }, [RULE]), RULE);
    assert.equal(outcome?.status, isRight ? 'pass' : 'fail', outcome?.why);
    assert.deepEqual(
      outcome.findings.map(({ message }) => message).toSorted(),
      isRight
        ? []
        : [
            'a task of one user is told to another',
            'the result of a task of one user is given to another',
            'the tasks of one user are listed to another',
          ],
    );
  }
});

test('foreign-task says nothing without tasks, without one to ask for, and without another user', async (t) => {
  assert.equal((await judged(t, counting(), TWO_USERS, { tools: {} }))?.status, 'not-applicable');
  const right = counting();
  const never: Answerer = (method, params, who, request) =>
    method === 'tools/call' ? { content: [] } : right(method, params, who, request);
  assert.match((await judged(t, never))?.why ?? '', /no call made a task/);
  const alone = await judged(t, counting(), { user: TWO_USERS.user ?? '' });
  assert.equal(alone?.status, 'unknown');
  assert.match(alone.why, /--second-token-file/);
});
