import type { ControlId } from './control-id.ts';
import { findControl } from './index.ts';

/** A level of assurance of CoSAI's Model Context Protocol Security, section 3.3: sandbox, internal, production, regulated. */
export type CosaiLevel = 1 | 2 | 3 | 4;

/** What each level is for. */
export const COSAI_LEVELS: ReadonlyMap<CosaiLevel, string> = new Map<CosaiLevel, string>([
  [1, 'sandbox'],
  [2, 'internal'],
  [3, 'production'],
  [4, 'regulated'],
]);

/** One of the eight dimensions of CoSAI's levels. */
export interface CosaiDimension {
  readonly id: string;
  readonly title: string;
  /** The controls that it asks for, each with the lowest level that does. */
  readonly controls: readonly { readonly id: ControlId; readonly level: CosaiLevel }[];
}

const DIMENSIONS: readonly (readonly [id: string, title: string, controls: readonly ControlId[]])[] = [
  ['identity', 'Identity and authentication', ['IDN-01', 'IDN-04', 'IDN-10', 'SEC-01', 'SEC-03']],
  [
    'authorization',
    'Authorization and delegation',
    ['IDN-02', 'IDN-05', 'IDN-06', 'IDN-07', 'AUZ-03', 'AUZ-04', 'PIC-01'],
  ],
  [
    'transport',
    'Transport and network',
    ['ARC-01', 'ARC-02', 'ARC-03', 'ARC-04', 'ARC-06', 'VAL-03', 'RES-01', 'DEP-03', 'PRX-02'],
  ],
  ['isolation', 'Isolation and sandboxing', ['ISO-02', 'ISO-06', 'ISO-07']],
  ['logging', 'Logging and observability', ['LOG-01', 'LOG-03', 'LOG-04', 'RES-03', 'GOV-04']],
  ['supply-chain', 'Supply chain and lifecycle', ['SUP-01', 'SUP-03', 'DEP-05', 'GOV-01', 'GOV-02']],
  ['tools', 'Tool definitions, inputs and outputs', ['TDS-01', 'TDS-02', 'VAL-01', 'VAL-07', 'VAL-08']],
  ['session', 'Sessions and discovery', ['IDN-11', 'PIC-06', 'ELI-02', 'SEC-05']],
];

/** The eight dimensions; which controls stand in which is ours, the level of each is what its sources say. */
export const COSAI_DIMENSIONS: readonly CosaiDimension[] = DIMENSIONS.map(([id, title, controls]) => ({
  id,
  title,
  controls: controls.flatMap((control) => {
    const level = cosaiLevelOf(control);
    return level === undefined ? [] : [{ id: control, level }];
  }),
}));

/** The lowest level of CoSAI that asks for a control; `undefined` where none names it. */
export function cosaiLevelOf(control: ControlId): CosaiLevel | undefined {
  const levels = (findControl(control)?.sources ?? [])
    .filter((source) => source.startsWith('COSAI'))
    .flatMap((source) => [...source.matchAll(/\bL([1-4])\b/g)].map(([, digit]) => Number(digit) as CosaiLevel));
  return levels.toSorted((a, b) => a - b)[0];
}
