import { COSAI_DIMENSIONS, COSAI_LEVELS, type CosaiDimension, type CosaiLevel } from '../../catalogue/cosai.ts';
import type { ControlId } from '../../catalogue/control-id.ts';
import type { ControlVerdict, Status } from '../model.ts';

/** How far a dimension of CoSAI gets. */
export interface DimensionLevel {
  readonly dimension: CosaiDimension;
  /**
   * The highest level at and below which nothing fails, is waived or is unknown; 0 where none is. A level that asks for no
   * control is not reached by that alone.
   */
  readonly reached: 0 | CosaiLevel;
  /** The highest level at which the catalogue has a control of it: beyond that there is nothing to reach. */
  readonly highest: CosaiLevel;
  /** The controls that keep it from the next level. */
  readonly held: readonly ControlVerdict[];
}

/** The level that each dimension reaches. */
export function levelsOf(verdicts: readonly ControlVerdict[]): readonly DimensionLevel[] {
  const byId = new Map<ControlId, ControlVerdict>(verdicts.map((verdict) => [verdict.control, verdict]));
  return COSAI_DIMENSIONS.map((dimension) => {
    const highest = Math.max(...dimension.controls.map(({ level }) => level)) as CosaiLevel;
    const heldAt = (level: CosaiLevel): readonly ControlVerdict[] =>
      dimension.controls
        .filter((control) => control.level === level)
        .flatMap(({ id }) => byId.get(id) ?? [])
        .filter(({ status }) => status !== 'pass' && status !== 'not-applicable');
    let reached: 0 | CosaiLevel = 0;
    for (const level of COSAI_LEVELS.keys()) {
      if (level > highest) break;
      const held = heldAt(level);
      if (held.length > 0) return { dimension, reached, highest, held };
      if (dimension.controls.some((control) => control.level <= level)) reached = level;
    }
    return { dimension, reached, highest, held: [] };
  });
}

/** The controls that CoSAI's levels ask for and that have a status. */
export function askedWith(
  levels: readonly DimensionLevel[],
  verdicts: readonly ControlVerdict[],
  status: Status,
): number {
  const asked = new Set(levels.flatMap(({ dimension }) => dimension.controls.map(({ id }) => id)));
  return verdicts.filter((verdict) => verdict.status === status && asked.has(verdict.control)).length;
}
