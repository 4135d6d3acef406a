import { leavesOf } from '../../flows/fold.ts';
import type { Ledger } from '../../flows/ledger.ts';
import { actsOf, raised, rowOf, strictest } from '../../flows/matrix.ts';
import { declaredNames, namesOf } from '../../flows/names.ts';
import { compare, describe, PIECES, remember } from '../../flows/overlap.ts';
import type { Label, Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { NO_LABELS, type Act, type Cell, type TaintRow } from '../../pipeline/flows.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { targetsOf } from '../task-context/control.ts';

/** The parts of flow control; each is absent where no declared flow gives it anything to do. */
export interface FlowControl {
  /** Decides on a call by what its task has read: passes, asks for an approval, or refuses. */
  readonly decide: Decide | undefined;
  /** Labels the task. It comes last before the work: what is read is never there before its label. */
  readonly mark: Decide | undefined;
  /** Remembers what a private result says, before the answer leaves. */
  readonly remember: ((exchange: Exchange, result: JsonObject) => MaybePromise<void>) | undefined;
  /**
   * Decides on what a client answered in the middle of a call: the task may have read more since the call began. Where
   * answers come with a call of their own, the gates see them.
   */
  readonly answered: ((exchange: Exchange, answers: unknown) => Promise<Decision>) | undefined;
}

const NOTHING: FlowControl = Object.freeze({
  decide: undefined,
  mark: undefined,
  remember: undefined,
  answered: undefined,
});

/**
 * Decides whether what a task has read may go where a call would take it. The matrix of the deployment gives a cell for
 * what was read and what the call does; arguments that repeat a private result make the cell one step stricter.
 */
export function configure(settings: Settings, ledger: Ledger | undefined): FlowControl {
  const targets = targetsOf(settings.catalog);
  if (ledger === undefined || !isOn(settings, 'flow-control')) return NOTHING;
  if (!targets.some(({ flow }) => flow.gives.size > 0)) return NOTHING;
  const isPrivate = targets.some(({ flow }) => flow.gives.has('private'));
  return {
    decide: createDecide(settings, ledger, targets),
    mark: createMark(ledger, settings.flows.idleMs),
    remember: isPrivate && settings.flows.overlap ? createRemember(ledger) : undefined,
    answered: createAnswered(settings, ledger),
  };
}

function createAnswered({ flows: { matrix, overlap } }: Settings, ledger: Ledger): FlowControl['answered'] {
  return async function answered({ target, task, labels }: Exchange, answers: unknown): Promise<Decision> {
    if (target === undefined || task === undefined || target.flow.sends.size === 0) return PASS;
    const row = rowOf((await ledger.read(task))?.labels ?? NO_LABELS);
    if (row === undefined) return PASS;
    const isOutside = target.flow.sends.has('outside');
    const trace = overlap && row !== 'untrusted' ? await ledger.trace(task) : undefined;
    const why = trace === undefined ? undefined : compare(trace, leavesOf(answers), isOutside).why;
    const { cell } = strictest(matrix, row, actsOf(target));
    // What the call itself reads was decided on, and so was what its task had read before.
    const wasDecided = rowOf(new Set([...(labels ?? NO_LABELS), ...target.flow.gives])) === row;
    if (why === undefined ? wasDecided || cell === 'allow' : raised(cell) === 'allow') return PASS;
    return deny('FLOW_REFUSED', { detail: `an answer in the middle of a call: ${row}`, hint: AGAIN });
  };
}

const AGAIN = 'The task has read more since the call began. Call again with what is to be sent.';

function createDecide({ flows, digest }: Settings, ledger: Ledger, targets: readonly Target[]): Decide {
  const acts = new Map<Target, readonly Act[]>();
  for (const target of targets) {
    const does = actsOf(target);
    if (does.length > 0) acts.set(target, does);
  }

  const overlapOf = async (exchange: Exchange, task: string): Promise<string | undefined> => {
    const trace = await ledger.trace(task);
    if (trace === undefined) return undefined;
    const isOutside = exchange.target?.flow.sends.has('outside') ?? false;
    const { why, pieces } = compare(trace, argumentsOf(exchange), isOutside);
    if (why !== undefined || pieces.length === 0) return why;
    const counted = new Map(pieces.map(({ text }) => [digest(`piece ${text}`).slice(0, 12), text.length] as const));
    return (await ledger.count(task, counted)) >= PIECES ? describe(['in pieces, over several calls']) : undefined;
  };

  return function flowControl(exchange: Exchange): MaybePromise<Decision> {
    const { target, labels, task } = exchange;
    const does = target === undefined ? undefined : acts.get(target);
    if (target === undefined || does === undefined) return PASS;
    if (labels === undefined || task === undefined) return deny('FLOW_REFUSED', { detail: 'the request has no task' });
    const row = rowOf(labels);
    if (row === undefined) return PASS;
    const found = strictest(flows.matrix, row, does);
    if (!flows.overlap || row === 'untrusted' || target.flow.sends.size === 0 || found.cell === 'deny')
      return conclude(exchange, target, row, does, found, undefined);
    return overlapOf(exchange, task).then((overlap) => conclude(exchange, target, row, does, found, overlap));
  };
}

function conclude(
  exchange: Exchange,
  target: Target,
  row: TaintRow,
  does: readonly Act[],
  { cell, act = does[0] ?? 'write' }: { readonly cell: Cell; readonly act: Act | undefined },
  overlap: string | undefined,
): Decision {
  const final = overlap === undefined ? cell : raised(cell);
  if (final === 'allow') return PASS;
  const repeats = overlap === undefined ? '' : ` ${sentence(overlap)}`;
  const reason = `This task has read ${READ[row]}, and "${target.name}" ${DOES[act]}.${repeats}`;
  const detail = `${row} -> ${act}: ${final}${overlap === undefined ? '' : `, raised from ${cell}: ${overlap}`}`;
  if (final === 'deny') return deny('FLOW_REFUSED', { detail, hint: reason });
  const by = final === 'page' ? 'page' : 'person';
  exchange.demands = [...exchange.demands, { by, reason }];
  return PASS;
}

const READ: Readonly<Record<TaintRow, string>> = {
  private: 'private data',
  untrusted: 'text that others may have written',
  both: 'private data and text that others may have written',
};

const DOES: Readonly<Record<Act, string>> = {
  query: 'takes its arguments outside',
  outside: 'sends its arguments outside',
  persistent: 'keeps its arguments',
  write: 'changes data',
  destructive: 'destroys data',
  critical: 'does what cannot be undone',
};

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Names that are too long for one can carry as much as values. */
const LONG_NAME = 16;

/** What a call brings: its values, and the names that the caller chose. */
function argumentsOf({ message, args, target }: Exchange): readonly string[] {
  const params = message?.kind === 'request' ? message.params : {};
  const { argument, context, inputResponses } = params;
  const sent = params['arguments'] ?? args ?? [argument, context];
  const answers = answersIn(inputResponses);
  const names = [
    ...(target?.kind === 'tool' ? namesOf(sent, declaredNames(target).input) : longNames(sent)),
    ...longNames(answers),
  ];
  return [...leavesOf([sent, answers]), ...names];
}

/** What the client answered to a handler: it goes where the arguments go. */
function answersIn(responses: unknown): unknown {
  if (!isObject(responses)) return undefined;
  return Object.entries(responses).flatMap(([key, answer]) => (key.startsWith('portcullis/') ? [] : [answer]));
}

function longNames(value: unknown): readonly string[] {
  return namesOf(value, NO_NAMES).filter((name) => name.length >= LONG_NAME);
}

const NO_NAMES: ReadonlySet<string> = new Set();

function createMark(ledger: Ledger, idleMs: number): Decide {
  return function markTask({ target, labels, task, startedAt }: Exchange): MaybePromise<Decision> {
    if (target === undefined || target.flow.gives.size === 0) return PASS;
    if (task === undefined || labels === undefined) return deny('FLOW_REFUSED', { detail: 'the request has no task' });
    // A call may have waited for a person for as long as a task is remembered.
    const isKnown = hasAll(labels, target.flow.gives) && Date.now() - startedAt < idleMs / 2;
    return isKnown ? PASS : ledger.label(task, target.flow.gives).then(() => PASS);
  };
}

function hasAll(labels: ReadonlySet<Label>, gives: ReadonlySet<Label>): boolean {
  for (const label of gives) if (!labels.has(label)) return false;
  return true;
}

/** Members of content that say how it is made, not what was read. */
const FORM: ReadonlySet<string> = new Set([
  '_meta',
  'type',
  'mimeType',
  'role',
  'resultType',
  'cacheScope',
  'ttlMs',
  'uri',
]);

function createRemember(ledger: Ledger): NonNullable<FlowControl['remember']> {
  return (exchange, result) => {
    const { target, task } = exchange;
    if (task === undefined || target === undefined || !target.flow.gives.has('private')) return undefined;
    const read = readIn(target, result);
    const said = argumentsOf(exchange);
    return ledger.extend(task, (trace, empty) => remember(trace, read, said, empty));
  };
}

/** What an answer tells. INVARIANT: in structured content every member is the author's own, whatever its name. */
function readIn(target: Target, result: JsonObject): readonly string[] {
  const { structuredContent } = result;
  if (structuredContent === undefined) return leavesOf(result, FORM);
  return [...leavesOf(structuredContent), ...namesOf(structuredContent, declaredNames(target).output)];
}
