import { isObject } from '../protocol/json.ts';

/** How far a tool of an upstream has come. */
export type ToolState = 'submitted' | 'scanned' | 'reviewed' | 'staged' | 'approved' | 'revoked';

/** One step of it: who took it, when (ISO 8601), and for which bytes. */
export interface Step {
  readonly from: ToolState | 'none';
  readonly to: ToolState;
  readonly by: string;
  readonly at: string;
  /** Digest of the definition that the step is about. */
  readonly digest: string;
  readonly reason?: string;
}

/** What is known of a tool's way. */
export interface Tracked {
  readonly digest: string;
  readonly approved?: { readonly by: string; readonly at: string };
  /** From its first sight on; absent in a lock that nobody kept one in. */
  readonly history?: readonly Step[];
}

/** Whence each state can be reached. What has changed begins again, from wherever it was. */
const LEGAL: Readonly<Record<ToolState, readonly Step['from'][]>> = {
  submitted: ['none', 'submitted', 'scanned', 'reviewed', 'staged', 'approved', 'revoked'],
  scanned: ['submitted'],
  reviewed: ['scanned'],
  staged: ['reviewed'],
  approved: ['reviewed', 'staged'],
  revoked: ['submitted', 'scanned', 'reviewed', 'staged', 'approved'],
};

/** Where a tool stands. */
export function stateOf({ approved, history = [] }: Tracked): ToolState {
  return history.at(-1)?.to ?? (approved === undefined ? 'scanned' : 'approved');
}

/** Who submitted what a tool is now; nobody when its history does not tell. */
export function authorOf({ history = [] }: Tracked): string | undefined {
  return history.findLast(({ to }) => to === 'submitted')?.by;
}

/** Steps that are kept of one tool. */
const MOST_STEPS = 100;

/** A tool with what is known of its way now. */
type Moved<T> = Omit<T, 'approved' | 'history'> & Pick<Tracked, 'approved' | 'history'>;

/** Who takes a step, and when. */
export interface Actor {
  readonly by: string;
  readonly at: string;
  readonly reason?: string;
}

/**
 * Takes a tool one step further. An approval comes and goes with its state.
 * @throws TypeError when that state cannot be reached from where it stands.
 */
export function moved<T extends Tracked>(tool: T, to: ToolState, actor: Actor): Moved<T> {
  const from = stateOf(tool);
  if (!LEGAL[to].includes(from)) throw new TypeError(`it is ${from}, and cannot become ${to}`);
  return withStep(tool, tool.history, { from, to, ...actor, digest: tool.digest });
}

/** A tool that was seen for the first time, or is not what it was: it begins, and has been scanned. */
export function submitted<T extends Tracked>(tool: T, before: Tracked | undefined, actor: Actor): Moved<T> {
  const from = before === undefined ? 'none' : stateOf(before);
  const { digest } = tool;
  const begun: readonly Step[] = [...(before?.history ?? []), { from, to: 'submitted', ...actor, digest }];
  return withStep(tool, begun, { from: 'submitted', to: 'scanned', ...actor, digest });
}

function withStep<T extends Tracked>(tool: T, history: readonly Step[] = [], step: Step): Moved<T> {
  const { approved: _approved, history: _history, ...rest } = tool;
  const { by, at } = step;
  return {
    ...rest,
    history: [...history, step].slice(-MOST_STEPS),
    ...(step.to === 'approved' ? { approved: { by, at } } : {}),
  };
}

/**
 * What is wrong with the history of a tool; nothing when it is one. INVARIANT: what is approved was reviewed, as these bytes,
 * and what was revoked is not approved.
 */
export function findHistoryProblem({ digest, approved, history }: Tracked): string | undefined {
  if (history === undefined) return undefined;
  for (const [index, { from, to, digest: about }] of history.entries()) {
    const before = history[index - 1];
    if (before !== undefined && before.to !== from) return `it was ${before.to} and then ${from}`;
    if (before !== undefined && before.digest !== about && to !== 'submitted') return 'it changed between two steps';
    if (!Object.hasOwn(LEGAL, to) || !LEGAL[to].includes(from)) return `it cannot go from ${from} to ${to}`;
  }
  const last = history.at(-1);
  if (last === undefined) return 'its history is empty';
  if (last.digest !== digest) return 'its history is about other bytes';
  if ((last.to === 'approved') !== (approved !== undefined)) return `its history says that it is ${last.to}`;
  return undefined;
}

/** Whether a value from a file is a step. */
export function isStep(value: unknown): value is Step {
  if (!isObject(value)) return false;
  const { reason } = value;
  const texts = ['from', 'to', 'by', 'at', 'digest'].every((key) => typeof value[key] === 'string');
  return texts && (reason === undefined || typeof reason === 'string');
}
