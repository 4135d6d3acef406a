import { randomBytes } from 'node:crypto';
import { createLedger, type Ledger, type TaskState } from '../../flows/ledger.ts';
import { traceKey } from '../../flows/trace.ts';
import type { Catalog, Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { NO_LABELS } from '../../pipeline/flows.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { isObject } from '../../protocol/json.ts';

/** Member of a request's `_meta` that names its task, and of an answer's that gives the handle of a new one. */
export const TASK_KEY = 'portcullis/task';
/** The name that asks for a new task. */
export const NEW_TASK = 'new';

/** Handles that one principal may have made within the idle time. */
const MOST_TASKS = 256;

/** Names the task of each request, and keeps what tasks have read. */
export interface TaskContext {
  /** Absent where nothing is kept of tasks: no primitive gives a label, and handles are closed. */
  readonly decide: Decide | undefined;
  readonly ledger: Ledger | undefined;
}

/** Everything that a server offers. */
export function targetsOf(catalog: Catalog): readonly Target[] {
  return [...catalog.tools.values(), ...catalog.resources.values(), ...catalog.templates, ...catalog.prompts.values()];
}

/**
 * Gives each request the task that it belongs to: that of its principal and client, or the one whose handle it brings.
 * Labels, approvals and the state of rounds are kept by task, so that nothing passes from one to another. A handle is
 * made by this server, sealed for its principal and client, and forgotten after its idle time.
 */
export function configure(settings: Settings): TaskContext {
  const { catalog, flows, sealer, store, digest } = settings;
  const gives = targetsOf(catalog).some(({ flow }) => flow.gives.size > 0);
  if (!gives && !flows.handles) return { decide: undefined, ledger: undefined };
  const ledger = createLedger({ store, sealer, key: traceKey(digest('flow trace')), idleMs: flows.idleMs });
  const strict = isOn(settings, 'task-context');
  const own = createOwnTasks(digest);

  const known = (exchange: Exchange, task: string, state: TaskState | undefined): MaybePromise<Decision> => {
    exchange.task = task;
    exchange.labels = state?.labels ?? NO_LABELS;
    const touched = state === undefined ? undefined : ledger.touch(task, state);
    return touched instanceof Promise ? touched.then(() => PASS) : PASS;
  };
  const make = (exchange: Exchange, principal: Principal): MaybePromise<Decision> =>
    chain(store.increment(`tasks:${principal.id}`, 1, flows.idleMs), (count) => {
      if (count > MOST_TASKS)
        return deny('QUOTA_EXCEEDED', { detail: 'too many tasks', retryAfter: Math.ceil(flows.idleMs / 1000) });
      const task = randomBytes(16).toString('base64url');
      exchange.taskHandle = strict ? sealer.seal('task', holderOf(principal), task) : task;
      return chain(ledger.create(task), () => known(exchange, task, undefined));
    });
  const open = (exchange: Exchange, principal: Principal, handle: unknown): MaybePromise<Decision> => {
    const task = typeof handle === 'string' ? sealer.open('task', holderOf(principal), handle) : undefined;
    if (task === undefined) return deny('TASK_INVALID', { detail: 'the handle does not open for this caller' });
    return chain(ledger.read(task), (state) =>
      state === undefined ? deny('TASK_INVALID', { detail: 'the task is over' }) : known(exchange, task, state),
    );
  };

  return {
    ledger,
    decide(exchange: Exchange): MaybePromise<Decision> {
      const { message, principal, target } = exchange;
      if (message?.kind !== 'request' || principal === undefined) return PASS;
      const handle = flows.handles ? handleIn(message.params) : undefined;
      if (handle === NEW_TASK) return make(exchange, principal);
      if (handle !== undefined && strict) return open(exchange, principal, handle);
      const task = typeof handle === 'string' ? handle : own(principal);
      exchange.task = task;
      // What is aimed at nothing reads nothing.
      if (target === undefined || !gives) return PASS;
      const state = ledger.read(task);
      return state instanceof Promise
        ? state.then((read) => known(exchange, task, read))
        : known(exchange, task, state);
    },
  };
}

function handleIn(params: unknown): unknown {
  const meta = isObject(params) ? params['_meta'] : undefined;
  return isObject(meta) ? meta[TASK_KEY] : undefined;
}

function holderOf({ id, client }: Principal): readonly string[] {
  return [id, client];
}

/** The task of a principal and client that names none. */
function createOwnTasks(digest: (text: string) => string): (principal: Principal) => string {
  const names = new WeakMap<Principal, string>();
  return (principal) => {
    let name = names.get(principal);
    if (name === undefined) {
      name = digest(JSON.stringify(['task', principal.id, principal.client]));
      names.set(principal, name);
    }
    return name;
  };
}

function chain<A, B>(value: MaybePromise<A>, go: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return value instanceof Promise ? value.then(go) : go(value);
}
