import type { Rule } from '../audit/rule.ts';
import type { ControlMeta } from '../pipeline/control.ts';
import type { Fixture } from './fixture.ts';

/** Everything of a slice that a proof needs. */
export interface Slice {
  readonly meta: ControlMeta;
  readonly rule: Rule;
  readonly good: Fixture;
  readonly bad: Fixture;
}

/** Puts the modules of one slice together, in the order meta, rule, good fixture, bad fixture. */
export async function assemble(
  ...modules: readonly [
    Promise<{ readonly meta: ControlMeta }>,
    Promise<{ readonly rule: Rule }>,
    Promise<{ readonly default: Fixture }>,
    Promise<{ readonly default: Fixture }>,
  ]
): Promise<Slice> {
  const [{ meta }, { rule }, good, bad] = await Promise.all(modules);
  return { meta, rule, good: good.default, bad: bad.default };
}
