import type { Decision, MaybePromise } from './decision.ts';
import type { Exchange } from './context.ts';

/** The phases of the pipeline, in their order. `start` runs once, before anything is served. */
export type Phase = 'start' | 'transport' | 'authenticate' | 'message' | 'authorize' | 'dispatch' | 'respond';

/** What a control says of one request. Synchronous whenever it can be. */
export type Decide = (exchange: Exchange) => MaybePromise<Decision>;

/** How bad it is when a control is missing. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Where a control runs, or why it has no meaning there. */
export type Reach = true | { readonly not: string };

/** What a slice says of itself. */
export interface ControlMeta {
  /** Folder name = finding id = configuration key = docs URL. */
  readonly id: string;
  /** What holds when the control is on. */
  readonly title: string;
  /** What a finding says when it is not. */
  readonly failureTitle: string;
  readonly severity: Severity;
  /** Ids of the control catalogue. */
  readonly catalogue: readonly string[];
  readonly references: readonly string[];
  /** First version that has it. */
  readonly since: string;
  readonly aliases: readonly string[];
  /** Name of the exported symbol that switches it off. */
  readonly insecure: string;
  readonly reach: {
    readonly http: Reach;
    readonly stdio: Reach;
    /** On a server of its own; it runs there when absent. */
    readonly server?: Reach;
    /** In front of an upstream. */
    readonly gateway: Reach;
    readonly modern: Reach;
    readonly legacy: Reach;
  };
}
