import type { Label, Target } from '../pipeline/catalog.ts';
import type { Act, Cell, FlowMatrix, FlowSettings, TaintRow } from '../pipeline/flows.ts';
import { nearest, refuseUnknownOptions } from '../options.ts';
import { type Duration, toMilliseconds } from '../text/duration.ts';

/** How a deployment wants flows decided. What is left out is as {@link DEFAULT_MATRIX} says. */
export interface FlowsOptions {
  readonly matrix?: Readonly<Partial<Record<TaintRow, Readonly<Partial<Record<Act, Cell>>>>>>;
  /** Whether arguments are compared with private results of the task; on when absent. */
  readonly overlap?: boolean;
  /** Whether clients may name tasks by handles of this server; off when absent. */
  readonly handles?: boolean;
  /** Time without a call after which a task is forgotten; 30 minutes when absent. */
  readonly idle?: Duration;
}

const TABLE = `
              query   outside  persistent  write  destructive  critical
  private     ask     ask      allow       allow  ask          page
  untrusted   allow   ask      allow       allow  ask          page
  both        page    page     allow       allow  ask          page
`;

const ROWS: readonly TaintRow[] = ['private', 'untrusted', 'both'];
const ACTS: readonly Act[] = ['query', 'outside', 'persistent', 'write', 'destructive', 'critical'];
/** From the weakest to the strictest. */
const CELLS: readonly Cell[] = ['allow', 'ask', 'page', 'deny'];
const IDLE_MS = 1_800_000;

/** What holds where a deployment says nothing. */
export const DEFAULT_MATRIX: FlowMatrix = readTable(TABLE);

/** Reads a table of rows by columns; a cell that is missing refuses. */
function readTable(table: string): FlowMatrix {
  const [heads = [], ...lines] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const rowFrom = (name: TaintRow): Readonly<Record<Act, Cell>> => {
    const cells = lines.find(([head]) => head === name)?.slice(1) ?? [];
    const cellOf = (act: Act): Cell => CELLS.find((cell) => cell === cells[heads.indexOf(act)]) ?? 'deny';
    return Object.freeze({
      query: cellOf('query'),
      outside: cellOf('outside'),
      persistent: cellOf('persistent'),
      write: cellOf('write'),
      destructive: cellOf('destructive'),
      critical: cellOf('critical'),
    });
  };
  return Object.freeze({ private: rowFrom('private'), untrusted: rowFrom('untrusted'), both: rowFrom('both') });
}

/**
 * Completes and checks what a deployment says of flows.
 * @throws TypeError that names the row, column or cell that does not exist.
 */
export function resolveFlows(options: FlowsOptions = {}): FlowSettings {
  refuseUnknownOptions('flows', options, ['matrix', 'overlap', 'handles', 'idle']);
  const given = options.matrix ?? {};
  refuseUnknownOptions('flows.matrix', given, ROWS);
  return Object.freeze({
    matrix: Object.freeze({
      private: resolveRow('private', given.private),
      untrusted: resolveRow('untrusted', given.untrusted),
      both: resolveRow('both', given.both),
    }),
    overlap: options.overlap ?? true,
    handles: options.handles ?? false,
    idleMs: options.idle === undefined ? IDLE_MS : toMilliseconds(options.idle, 'flows.idle'),
  });
}

function resolveRow(row: TaintRow, cells: Readonly<Partial<Record<Act, Cell>>> = {}): Readonly<Record<Act, Cell>> {
  refuseUnknownOptions(`flows.matrix.${row}`, cells, ACTS);
  const given: readonly (readonly [string, unknown])[] = Object.entries(cells);
  for (const [act, cell] of given) {
    if (CELLS.some((known) => known === cell)) continue;
    const near = nearest(String(cell), CELLS);
    const hint = near === undefined ? `Say ${CELLS.join(', ')}.` : `Did you mean "${near}"?`;
    throw new TypeError(`flows.matrix.${row}.${act}: there is no "${String(cell)}". ${hint}`);
  }
  return Object.freeze({ ...DEFAULT_MATRIX[row], ...cells });
}

/** What a use of a primitive does, as the columns of the matrix name it. */
export function actsOf(target: Target): readonly Act[] {
  const effect = target.kind === 'tool' ? target.effect : 'read';
  const acts: Act[] = [];
  if (target.flow.sends.has('outside')) acts.push(effect === 'read' ? 'query' : 'outside');
  if (target.flow.sends.has('persistent')) acts.push('persistent');
  if (effect !== 'read') acts.push(effect);
  return acts;
}

/** The row of a task by what it has read; undefined for a task that has read nothing of note. */
export function rowOf(labels: ReadonlySet<Label>): TaintRow | undefined {
  if (labels.has('private')) return labels.has('untrusted') ? 'both' : 'private';
  return labels.has('untrusted') ? 'untrusted' : undefined;
}

/** The strictest cell of a row for everything that a call does, and for what of it. */
export function strictest(
  matrix: FlowMatrix,
  row: TaintRow,
  acts: readonly Act[],
): { readonly cell: Cell; readonly act: Act | undefined } {
  let found: { readonly cell: Cell; readonly act: Act | undefined } = { cell: 'allow', act: undefined };
  for (const act of acts) {
    const cell = matrix[row][act];
    if (CELLS.indexOf(cell) > CELLS.indexOf(found.cell)) found = { cell, act };
  }
  return found;
}

/** One step stricter: what an overlap makes of a cell. */
export function raised(cell: Cell): Cell {
  return CELLS[Math.min(CELLS.indexOf(cell) + 1, CELLS.length - 1)] ?? 'deny';
}

/** The cells that are weaker than the default, in words for the operator: `private -> outside: allow instead of ask`. */
export function weakerCells({ matrix }: FlowSettings): readonly string[] {
  return ROWS.flatMap((row) =>
    ACTS.filter((act) => CELLS.indexOf(matrix[row][act]) < CELLS.indexOf(DEFAULT_MATRIX[row][act])).map(
      (act) => `${row} -> ${act}: ${matrix[row][act]} instead of ${DEFAULT_MATRIX[row][act]}`,
    ),
  );
}
