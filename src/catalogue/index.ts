import type { Control } from './control.ts';
import type { ControlId } from './control-id.ts';
import { CONTROLS } from './controls.ts';
import { MINIMUM_BAR, type MinimumBarLine, type MinimumBarLineId } from './minimum-bar.ts';
import type { Obligation } from './obligation.ts';
import { OBLIGATIONS } from './obligations.ts';

export type { AuditMethod, Control, ControlMaps, Tier } from './control.ts';
export type { ControlId } from './control-id.ts';
export { CONTROLS, FAMILIES, type ControlFamily } from './controls.ts';
export { MINIMUM_BAR, type MinimumBarGroup, type MinimumBarLine, type MinimumBarLineId } from './minimum-bar.ts';
export type { Bound, Obligation, ObligationLevel } from './obligation.ts';
export { OBLIGATIONS } from './obligations.ts';
export { sourceOf } from './sources.ts';

const controlsById: ReadonlyMap<string, Control> = new Map(CONTROLS.map((control) => [control.id, control]));
const linesById: ReadonlyMap<string, MinimumBarLine> = new Map(
  MINIMUM_BAR.flatMap((group) => group.lines.map((line) => [line.id, line] as const)),
);

/** Whether a text is the id of a control. */
export function isControlId(text: string): text is ControlId {
  return controlsById.has(text);
}

/** The control of an id, or undefined when there is none. */
export function findControl(id: string): Control | undefined {
  return controlsById.get(id);
}

/** The line of the minimum bar of an id such as `4.2`, or undefined when there is none. */
export function findMinimumBarLine(id: string): MinimumBarLine | undefined {
  return linesById.get(id);
}

/** The obligation of a number from 1 to 94, or undefined when there is none. */
export function findObligation(n: number): Obligation | undefined {
  return OBLIGATIONS[n - 1];
}

/** The controls that carry a line of the minimum bar, in catalogue order. */
export function controlsOfLine(id: MinimumBarLineId): readonly Control[] {
  return CONTROLS.filter((control) => control.minimumBar.includes(id));
}

/** The controls that bear on an entry of the OWASP MCP Top 10, in catalogue order; 7 is MCP07. */
export function controlsOfTop10(entry: number): readonly Control[] {
  return CONTROLS.filter((control) => control.maps.mcpTop10.includes(entry));
}

/** The obligations of the specification that a control carries, in the order of their numbers. */
export function obligationsOf(id: ControlId): readonly Obligation[] {
  return OBLIGATIONS.filter((obligation) => obligation.controls.includes(id));
}
