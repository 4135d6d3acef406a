import type { ControlId } from '../../catalogue/control-id.ts';
import type { AuditRule, ControlVerdict, Excuse, Finding, RuleOutcome } from '../model.ts';
import { allRules } from '../registry.ts';
import type { AuditReport } from '../run.ts';
import { excuseText, verdictsOf } from '../verdicts.ts';
import type { Waiver } from './waivers.ts';

/**
 * Lets waivers bear on a report. A finding stays in it and says who waived it, why and until when. A control whose findings are
 * all waived, or that is waived as a whole, becomes `waived`; one that passes stays as it is, and none comes to pass.
 */
export function applyWaivers(report: AuditReport, waivers: readonly Waiver[]): AuditReport {
  if (waivers.length === 0) return report;
  const rules = new Map(allRules().map((rule) => [rule.meta.id, rule]));
  const findings = report.findings.map((finding) => waive(finding, rules.get(finding.rule), waivers));
  const outcomes = report.outcomes.map((outcome) => outcomeOf(outcome, rules.get(outcome.rule), waivers));
  const whole = new Map(waivers.flatMap((waiver) => (isWhole(waiver) ? [[waiver.control, waiver] as const] : [])));
  return { ...report, findings, outcomes, verdicts: verdictsOf(outcomes).map((each) => verdictOf(each, whole)) };
}

/** Lines of waivers that bear on nothing in a report: they are better taken out. */
export function unusedWaivers(report: AuditReport, waivers: readonly Waiver[]): readonly number[] {
  const rules = new Map(allRules().map((rule) => [rule.meta.id, rule]));
  return waivers
    .filter(
      (waiver) => !report.findings.some((finding) => controlsOf(waiver, finding, rules.get(finding.rule)).length > 0),
    )
    .filter((waiver) => !isWhole(waiver) || !report.verdicts.some((each) => isFor(each, waiver)))
    .map(({ line }) => line);
}

function isFor({ control, status }: ControlVerdict, waiver: Waiver): boolean {
  return control === waiver.control && status === 'waived';
}

function isWhole(waiver: Waiver): waiver is Waiver & { readonly control: ControlId } {
  return waiver.control !== undefined && waiver.fingerprint === undefined && waiver.isMeant === undefined;
}

function outcomeOf(outcome: RuleOutcome, rule: AuditRule | undefined, waivers: readonly Waiver[]): RuleOutcome {
  const findings = outcome.findings.map((finding) => waive(finding, rule, waivers));
  const isWaived = outcome.status === 'fail' && findings.length > 0 && findings.every(({ waived }) => waived);
  return { ...outcome, findings, status: isWaived ? 'waived' : outcome.status };
}

function waive(finding: Finding, rule: AuditRule | undefined, waivers: readonly Waiver[]): Finding {
  const excuses = waivers.flatMap((waiver): readonly Excuse[] => {
    const controls = controlsOf(waiver, finding, rule);
    const { owner, reason, until } = waiver;
    return controls.length === 0 ? [] : [{ controls, owner, reason, until }];
  });
  if (excuses.length === 0) return finding;
  const covered = new Set(excuses.flatMap(({ controls }) => controls));
  const isWhole = rule !== undefined && rule.meta.controls.every((control) => covered.has(control));
  return { ...finding, waivers: excuses, ...(isWhole ? { waived: true as const } : {}) };
}

/** For which controls of its rule a waiver takes a finding. */
function controlsOf(waiver: Waiver, finding: Finding, rule: AuditRule | undefined): readonly ControlId[] {
  if (rule === undefined || !isAbout(waiver, finding)) return [];
  if (waiver.rule !== undefined) return rule.meta.controls;
  return rule.meta.controls.filter((control) => control === waiver.control);
}

function isAbout({ rule, fingerprint, isMeant }: Waiver, finding: Finding): boolean {
  const where = 'file' in finding.place ? finding.place.file : finding.place.exchange;
  return (
    (rule === undefined || rule === finding.rule) &&
    (fingerprint === undefined || fingerprint === finding.fingerprint) &&
    (isMeant === undefined || isMeant(where))
  );
}

function verdictOf(verdict: ControlVerdict, whole: ReadonlyMap<ControlId, Waiver>): ControlVerdict {
  const waiver = whole.get(verdict.control);
  if (waiver === undefined || (verdict.status !== 'fail' && verdict.status !== 'unknown')) return verdict;
  return { ...verdict, status: 'waived', why: `${excuseText(waiver)} (else ${verdict.status}: ${verdict.why})` };
}
