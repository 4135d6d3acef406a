import { CONTROLS } from '../catalogue/controls.ts';
import { findControl } from '../catalogue/index.ts';
import { MINIMUM_BAR } from '../catalogue/minimum-bar.ts';
import type { AuditMethod, Control } from '../catalogue/control.ts';
import type { ControlId } from '../catalogue/control-id.ts';
import type { ControlVerdict, Excuse, Finding, RuleOutcome, Status } from './model.ts';
import { allRules } from './registry.ts';

const METHODS: ReadonlyMap<AuditMethod, string> = new Map([
  ['static', 'its code and images'],
  ['probe', 'a running server'],
  ['config', 'its configuration'],
  ['evidence', 'records of those who run it'],
]);

/**
 * What the rules come to for each control. One that fails decides, unless everything that it found is waived: then the control
 * is waived, which is no pass. A control passes only when something of every kind that the catalogue audits it by was looked at
 * and is right: a sound configuration does not make up for a server that nobody has tried.
 */
export function verdictsOf(outcomes: readonly RuleOutcome[]): readonly ControlVerdict[] {
  const byRule = new Map(outcomes.map((outcome) => [outcome.rule, outcome]));
  return CONTROLS.map((control) => verdictOf(control, byRule));
}

function verdictOf(control: Control, byRule: ReadonlyMap<string, RuleOutcome>): ControlVerdict {
  const about = allRules().filter(({ meta }) => meta.controls.includes(control.id));
  const told = about.flatMap(({ meta }) => {
    const outcome = byRule.get(meta.id);
    return outcome === undefined || outcome.status === 'not-applicable' ? [] : [{ outcome, method: meta.method }];
  });
  const rules = told.map(({ outcome }) => outcome.rule);
  const failed = told.map(({ outcome }) => outcome).filter(({ status }) => status === 'fail' || status === 'waived');
  const standing = failed.filter((outcome) => !isExcused(outcome, control.id));
  if (standing.length > 0)
    return { control: control.id, status: 'fail', why: standing.map(({ why }) => why).join('; '), rules };
  if (failed.length > 0) return { control: control.id, status: 'waived', why: whyWaived(failed, control.id), rules };
  const unclear = told.find(({ outcome }) => outcome.status === 'unknown');
  if (unclear !== undefined) return { control: control.id, status: 'unknown', why: unclear.outcome.why, rules };
  const seen = new Set(told.map(({ method }) => method));
  const missing = control.audit.filter((method) => !seen.has(method));
  if (missing.length === 0)
    return { control: control.id, status: 'pass', why: told.map(({ outcome }) => outcome.why).join('; '), rules };
  const unseen = missing.map((method) => METHODS.get(method) ?? method).join(', ');
  return { control: control.id, status: 'unknown', why: `not looked at: ${unseen}`, rules };
}

function isExcused({ findings }: RuleOutcome, control: ControlId): boolean {
  return findings.length > 0 && findings.every((finding) => excusesOf(finding, control).length > 0);
}

function excusesOf({ waivers }: Finding, control: ControlId): readonly Excuse[] {
  return (waivers ?? []).filter(({ controls }) => controls.includes(control));
}

function whyWaived(outcomes: readonly RuleOutcome[], control: ControlId): string {
  const all = outcomes.flatMap(({ findings }) => findings.flatMap((finding) => excusesOf(finding, control)));
  return [...new Set(all.map(excuseText))].join('; ');
}

/** A waiver in a line: who, until when, why. */
export function excuseText({ owner, until, reason }: Omit<Excuse, 'controls'>): string {
  return `waived by ${owner} until ${until}: ${reason}`;
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

/** What several controls come to together: the worst of them. What is waived is neither a fail nor a pass. */
export function joined(statuses: readonly Status[]): Status {
  for (const status of ['fail', 'unknown', 'waived'] as const) if (statuses.includes(status)) return status;
  return statuses.every((status) => status === 'not-applicable') ? 'not-applicable' : 'pass';
}
