import type { Label } from './catalog.ts';

/** What comes of a call: it goes on, a person is asked, a person is asked where no model can answer, or it is refused. */
export type Cell = 'allow' | 'ask' | 'page' | 'deny';

/** What a call does, as far as flows are concerned. `query` is an `outside` call without an effect: a look-up. */
export type Act = 'query' | 'outside' | 'persistent' | 'write' | 'destructive' | 'critical';

/** What a task has read. */
export type TaintRow = Label | 'both';

/** One cell for each thing that a task may have read and each thing that a call may do. */
export type FlowMatrix = Readonly<Record<TaintRow, Readonly<Record<Act, Cell>>>>;

/** How flows are decided: validated and frozen at start-up. */
export interface FlowSettings {
  readonly matrix: FlowMatrix;
  /** Whether arguments are compared with what the task has read in private. */
  readonly overlap: boolean;
  /** Whether clients may name tasks by handles that this server minted. */
  readonly handles: boolean;
  /** Milliseconds without a call after which a task is forgotten. */
  readonly idleMs: number;
}

/** No label at all. */
export const NO_LABELS: ReadonlySet<Label> = Object.freeze(new Set<Label>());
