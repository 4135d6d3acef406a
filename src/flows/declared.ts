import type { Effect, Flow, Label, Sink } from '../pipeline/catalog.ts';

/** What comes out of a primitive, and where what goes in ends up. */
export interface FlowOptions {
  /** `untrusted`: text that someone else may have written. `private`: what only the caller may read. */
  readonly gives?: readonly Label[];
  /**
   * `outside`: leaves the organisation. `persistent`: is kept, and read again later. Taken from the needs when absent:
   * see {@link impliedSinks}; `[]` says that nothing leaves.
   */
  readonly sends?: readonly Sink[];
  /** Where untrusted text comes from, for the label of an answer: one line. */
  readonly source?: string;
  /** Whether each untrusted text stands between fences with a number of its own; it does not when absent. */
  readonly mark?: boolean;
}

/** A need, as far as flows are concerned. */
interface Need {
  readonly kind: string;
}

const LABELS: ReadonlySet<unknown> = new Set<Label>(['untrusted', 'private']);
const SINKS: ReadonlySet<unknown> = new Set<Sink>(['outside', 'persistent']);
/** It stands in the line of a fence, which it may not end. */
const SOURCE = /^[A-Za-z0-9][A-Za-z0-9 ._/:@-]{0,99}$/;
const KEEPS: ReadonlySet<string> = new Set(['sql', 'files', 'state']);

/**
 * Where the input of a primitive goes, from what it holds: a request of `http` carries arguments out, whatever its method;
 * an effect on `sql`, `files` or `state` is kept.
 */
export function impliedSinks(effect: Effect, needs: Readonly<Record<string, Need>>): ReadonlySet<Sink> {
  const kinds = Object.values(needs).map(({ kind }) => kind);
  const sinks = new Set<Sink>();
  if (kinds.includes('http')) sinks.add('outside');
  if (effect !== 'read' && kinds.some((kind) => KEEPS.has(kind))) sinks.add('persistent');
  return sinks;
}

/**
 * The flow of a primitive: as declared, its sinks from its needs where none are.
 * @throws TypeError on a label that does not exist.
 */
export function readFlow(
  where: string,
  flow: FlowOptions | undefined,
  effect: Effect,
  needs: Readonly<Record<string, Need>>,
): Flow {
  const { gives = [], sends, source, mark, ...rest } = flow ?? {};
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new TypeError(`${where}, flow: there is no "${unknown}". It has "gives", "sends", "source" and "mark".`);
  if ((mark === true || source !== undefined) && !gives.includes('untrusted'))
    throw new TypeError(
      `${where}, flow: "mark" and "source" are of what gives "untrusted". Say so, or leave them out.`,
    );
  if (source !== undefined && !SOURCE.test(source))
    throw new TypeError(`${where}, flow.source: give 1 to 100 letters, digits, blanks and . _ / : @ -`);
  const wrong = gives.find((label) => !LABELS.has(label)) ?? sends?.find((sink) => !SINKS.has(sink));
  if (wrong !== undefined) {
    throw new TypeError(
      `${where}, flow: there is no label "${wrong}". "gives" has "untrusted" and "private", "sends" has "outside" and "persistent".`,
    );
  }
  return Object.freeze({
    gives: new Set(gives),
    sends: sends === undefined ? impliedSinks(effect, needs) : new Set(sends),
    ...(source === undefined ? {} : { source }),
    ...(mark === true ? { mark } : {}),
  });
}
