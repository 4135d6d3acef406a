import type { ControlId } from './control-id.ts';

/** What part of the product will carry a control that no slice carries yet. */
export type Planned = 'capabilities' | 'gateway' | 'audit' | 'deployment' | 'identity';

/**
 * The controls of the catalogue that this version does not carry, by the part that is going to. It is a list of what is
 * missing: a control that a slice comes to carry has to leave it, and none may be in neither place.
 */
export const NOT_CARRIED: ReadonlyMap<ControlId, Planned> = new Map<ControlId, Planned>([
  ['PRX-02', 'gateway'],
  ['IDN-08', 'gateway'],
  ['SUP-05', 'gateway'],
  ['PIC-03', 'gateway'],
  ['GOV-04', 'audit'],
  ['LOG-04', 'audit'],
  ['DEP-01', 'deployment'],
  ['DEP-02', 'deployment'],
  ['DEP-03', 'deployment'],
  ['DEP-05', 'deployment'],
  ['SUP-01', 'deployment'],
  ['SUP-02', 'deployment'],
  ['SUP-03', 'deployment'],
  ['SUP-04', 'deployment'],
  ['IDN-05', 'identity'],
]);

/**
 * The controls that no slice carries, for they are no matter of a single request: the command that carries each. The audit looks at
 * what came of it as evidence.
 */
export const CARRIED_BY_COMMAND: ReadonlyMap<ControlId, string> = new Map<ControlId, string>([
  ['SUP-06', 'prove'],
  ['GOV-02', 'discover'],
  ['GOV-03', 'review'],
]);
