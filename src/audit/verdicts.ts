import { CONTROLS } from '../catalogue/controls.ts';
import { findControl } from '../catalogue/index.ts';
import { MINIMUM_BAR } from '../catalogue/minimum-bar.ts';
import type { AuditMethod, Control } from '../catalogue/control.ts';
import type { ControlVerdict, RuleOutcome, Status } from './model.ts';
import { RULES } from './rules.ts';

const METHODS: ReadonlyMap<AuditMethod, string> = new Map([
  ['static', 'its code and images'],
  ['probe', 'a running server'],
  ['config', 'its configuration'],
  ['evidence', 'records of those who run it'],
]);

/**
 * What the rules come to for each control. One that fails decides. A control passes only when something of every kind that the
 * catalogue audits it by was looked at and is right: a sound configuration does not make up for a server that nobody has tried.
 */
export function verdictsOf(outcomes: readonly RuleOutcome[]): readonly ControlVerdict[] {
  const byRule = new Map(outcomes.map((outcome) => [outcome.rule, outcome]));
  return CONTROLS.map((control) => verdictOf(control, byRule));
}

function verdictOf(control: Control, byRule: ReadonlyMap<string, RuleOutcome>): ControlVerdict {
  const about = RULES.filter(({ meta }) => meta.controls.includes(control.id));
  const told = about.flatMap(({ meta }) => {
    const outcome = byRule.get(meta.id);
    return outcome === undefined || outcome.status === 'not-applicable' ? [] : [{ outcome, method: meta.method }];
  });
  const rules = told.map(({ outcome }) => outcome.rule);
  const failed = told.filter(({ outcome }) => outcome.status === 'fail');
  if (failed.length > 0)
    return { control: control.id, status: 'fail', why: failed.map(({ outcome }) => outcome.why).join('; '), rules };
  const unclear = told.find(({ outcome }) => outcome.status === 'unknown');
  if (unclear !== undefined) return { control: control.id, status: 'unknown', why: unclear.outcome.why, rules };
  const seen = new Set(told.map(({ method }) => method));
  const missing = control.audit.filter((method) => !seen.has(method));
  if (missing.length === 0)
    return { control: control.id, status: 'pass', why: told.map(({ outcome }) => outcome.why).join('; '), rules };
  const unseen = missing.map((method) => METHODS.get(method) ?? method).join(', ');
  return { control: control.id, status: 'unknown', why: `not looked at: ${unseen}`, rules };
}

/** Whether each line of the minimum bar holds: one of its controls that fails is enough. */
export function barOf(
  verdicts: readonly ControlVerdict[],
): readonly { readonly id: string; readonly text: string; readonly status: Status }[] {
  return MINIMUM_BAR.flatMap(({ lines }) =>
    lines.map(({ id, text }) => {
      const own = verdicts.filter(({ control }) => findControl(control)?.minimumBar.includes(id));
      return { id, text, status: joined(own.map(({ status }) => status)) };
    }),
  );
}

function joined(statuses: readonly Status[]): Status {
  if (statuses.includes('fail')) return 'fail';
  if (statuses.includes('unknown')) return 'unknown';
  return statuses.every((status) => status === 'not-applicable') ? 'not-applicable' : 'pass';
}
