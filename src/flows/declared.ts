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
}

/** A need, as far as flows are concerned. */
interface Need {
  readonly kind: string;
}

const LABELS: ReadonlySet<unknown> = new Set<Label>(['untrusted', 'private']);
const SINKS: ReadonlySet<unknown> = new Set<Sink>(['outside', 'persistent']);
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
  const { gives = [], sends, ...rest } = flow ?? {};
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new TypeError(`${where}, flow: there is no "${unknown}". It has "gives" and "sends".`);
  const wrong = gives.find((label) => !LABELS.has(label)) ?? sends?.find((sink) => !SINKS.has(sink));
  if (wrong !== undefined) {
    throw new TypeError(
      `${where}, flow: there is no label "${wrong}". "gives" has "untrusted" and "private", "sends" has "outside" and "persistent".`,
    );
  }
  return Object.freeze({
    gives: new Set(gives),
    sends: sends === undefined ? impliedSinks(effect, needs) : new Set(sends),
  });
}
