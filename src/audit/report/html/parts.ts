import { html } from 'hono/html';
import { findControl } from '../../../catalogue/index.ts';
import type { ControlId } from '../../../catalogue/control-id.ts';
import type { ControlVerdict, Finding, Severity, Status } from '../../model.ts';
import type { AuditReport } from '../../run.ts';
import { allRules } from '../../registry.ts';
import { placeText, plain } from '../plain.ts';
import { isStanding, standingText } from '../standing.ts';

/** A piece of HTML whose values are escaped. */
export type Markup = ReturnType<typeof html>;

/** How statuses are said to a person. */
const WORDS: Readonly<Record<Status, string>> = {
  fail: 'fails',
  unknown: 'unknown',
  waived: 'waived',
  pass: 'holds',
  'not-applicable': 'not applicable',
};

/** How many findings are shown where they are not the point; all stand in their own section. */
const MOST_BESIDE = 4;

/** A report with what pages of it look up again and again. */
export interface View {
  readonly report: AuditReport;
  readonly byControl: ReadonlyMap<ControlId, ControlVerdict>;
  /** Findings by the controls of their rules. */
  readonly findings: ReadonlyMap<ControlId, readonly Finding[]>;
}

/** See `View`. */
export function viewOf(report: AuditReport): View {
  const controls = new Map(allRules().map(({ meta }) => [meta.id, meta.controls]));
  const findings = new Map<ControlId, Finding[]>();
  for (const finding of report.findings) {
    for (const control of controls.get(finding.rule) ?? []) {
      const some = findings.get(control);
      if (some === undefined) findings.set(control, [finding]);
      else some.push(finding);
    }
  }
  return { report, byControl: new Map(report.verdicts.map((each) => [each.control, each])), findings };
}

/** A status as a chip. */
export function statusTag(status: Status): Markup {
  return html`<span class="tag ${status}">${WORDS[status]}</span>`;
}

/** A severity as a chip. */
export function severityTag(severity: Severity): Markup {
  return html`<span class="tag ${severity}">${severity}</span>`;
}

/** A line that opens to what stands behind it. */
export function opening(id: string, what: Markup | string, tags: Markup, inside: Markup): Markup {
  return html`<details><summary>${id === '' ? '' : html`<span class="id">${id}</span>`}<span class="what">${what}</span><span class="tags">${tags}</span></summary>
<div class="in">${inside}</div></details>
`;
}

/** Controls with their verdicts, why, and the findings behind them with their evidence. */
export function controlList(view: View, controls: readonly ControlId[]): Markup {
  return html`<ul>${controls.map((control) => controlItem(view, control))}</ul>`;
}

function controlItem(view: View, id: ControlId): Markup {
  const verdict = view.byControl.get(id);
  const all = view.findings.get(id) ?? [];
  const shown = all.slice(0, MOST_BESIDE);
  const more = all.length - shown.length;
  return html`<li>${statusTag(verdict?.status ?? 'unknown')} <strong>${id}</strong> ${findControl(id)?.title ?? ''}
<span class="why">${plain(verdict?.why ?? 'no rule says anything of it')}</span>${
    shown.length === 0
      ? ''
      : html`<ul>${shown.map((finding) => html`<li class="small">${seen(view, finding)}</li>`)}${
          more > 0 ? html`<li class="small soft">and ${more} more, <a href="#findings">below</a></li>` : ''
        }</ul>`
  }</li>`;
}

/** One finding where it stands: place, what is wrong, what was seen, and who answers for it. */
export function seen({ report }: View, finding: Finding): Markup {
  const excuse = standingText(finding, report.bearing);
  const mark = finding.waived === true ? 'waived' : 'known';
  const tag = isStanding(finding)
    ? ''
    : html`<span class="tag ${mark === 'waived' ? 'waived' : 'none'}">${mark}</span> `;
  return html`${tag}<bdi class="place">${placeText(finding.place)}</bdi> <bdi>${plain(finding.message)}</bdi>${
    finding.evidence === undefined ? '' : html`<bdi class="evidence">${plain(finding.evidence)}</bdi>`
  }${excuse === undefined ? '' : html`<span class="why">${excuse}</span>`}`;
}
