import { html, raw } from 'hono/html';
import { findControl } from '../../../catalogue/index.ts';
import { SEVERITIES, type Finding } from '../../model.ts';
import { allRules } from '../../registry.ts';
import type { AuditReport } from '../../run.ts';
import { barOf } from '../../verdicts.ts';
import { plain } from '../plain.ts';
import { bearingLines, countText, isStanding } from '../standing.ts';
import {
  aisvsSection,
  barSection,
  controlsSection,
  cosaiSection,
  nsaSection,
  top10Section,
  unreadSection,
} from './lists.ts';
import { seen, severityTag, viewOf, type Markup, type View } from './parts.ts';
import { STYLE, STYLE_HASH } from './style.ts';

/** No browser shows more well; JSON has all. */
const MOST_FINDINGS = 1000;
const MOST_FILES = 500;

const POLICY = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

const SECTIONS: readonly (readonly [id: string, name: string])[] = [
  ['bar', 'Minimum bar'],
  ['top10', 'MCP Top 10'],
  ['aisvs', 'AISVS C10'],
  ['cosai', 'CoSAI level'],
  ['nsa', 'NSA'],
  ['findings', 'Findings'],
  ['controls', 'Controls'],
  ['unread', 'Not read'],
  ['run', 'The run'],
];

/** The report as one page that loads nothing and runs nothing: its policy allows its own style sheet alone. */
export async function htmlReport(report: AuditReport): Promise<string> {
  const view = viewOf(report);
  const page = await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex"><title>Audit of ${plain(report.target)} - Portcullis</title><style>${raw(STYLE)}</style></head>
<body><main><h1>Audit of <bdi>${plain(report.target)}</bdi></h1>
${verdict(report)}
<nav>${SECTIONS.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav>
${barSection(view)}${top10Section(view)}${aisvsSection(view)}${cosaiSection(view)}${nsaSection(view)}
${findingsSection(view)}${controlsSection(view)}${unreadSection(view)}${runSection(view)}
</main></body></html>
`;
  return String(page);
}

/** What a person reads in ten seconds. */
function verdict(report: AuditReport): Markup {
  const standing = report.findings.filter(isStanding);
  const lines = barOf(report.verdicts);
  const count = (status: string): number => lines.filter((line) => line.status === status).length;
  const unknown = report.verdicts.filter(({ status }) => status === 'unknown').length;
  const [kind, title] = headline(standing, report);
  const aside = report.findings.length - standing.length;
  return html`<section class="verdict ${kind}"><strong>${title}</strong>
<p>OWASP minimum bar: ${count('pass')} of ${lines.length} lines hold, ${count('fail')} do not, ${count('unknown')} cannot be told from what was looked at${count('waived') === 0 ? '' : `, ${count('waived')} are waived`}.</p>
<p>Of ${report.verdicts.length} controls ${unknown} are unknown.${aside === 0 ? '' : ` ${aside} ${aside === 1 ? 'finding is' : 'findings are'} known or waived.`}</p></section>`;
}

function headline(standing: readonly Finding[], { verdicts, findings }: AuditReport): readonly [string, string] {
  const has = (status: string): boolean => verdicts.some((each) => each.status === status);
  if (standing.length > 0) return ['fail', `Fails: ${severityCounts(standing)}.`];
  if (has('fail')) return ['fail', 'Nothing new is wrong, and what was known still fails.'];
  if (findings.length > 0 && has('waived')) return ['waived', 'What is wrong here is waived: somebody answers for it.'];
  if (has('unknown')) return ['unknown', 'Nothing wrong was found. That is not proof: much was not looked at.'];
  return has('waived') ? ['waived', 'Every control holds or is waived.'] : ['pass', 'Every control holds.'];
}

function severityCounts(findings: readonly Finding[]): string {
  const counts = SEVERITIES.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  );
  const told = counts.flatMap(([severity, count]) => (count === 0 ? [] : [`${count} ${severity}`]));
  return `${told.join(', ')} ${findings.length === 1 ? 'finding' : 'findings'}`;
}

/** Findings worst first, those that are waived or known behind those that stand. */
function findingsSection(view: View): Markup {
  const { findings } = view.report;
  const ordered = [...findings.filter(isStanding), ...findings.filter((finding) => !isStanding(finding))];
  const groups = Map.groupBy(
    ordered.slice(0, MOST_FINDINGS),
    (finding) => `${isStanding(finding)} ${finding.severity} ${finding.rule}`,
  );
  const more = ordered.length - MOST_FINDINGS;
  return html`<h2 id="findings">Findings, worst first</h2>
${ordered.length === 0 ? html`<p class="soft">Nothing was found.</p>` : html`<div class="box">${[...groups.values()].map((some) => findingGroup(view, some))}</div>`}
${more > 0 ? html`<p class="soft">${more} more are not shown here: --format json has all.</p>` : ''}`;
}

function findingGroup(view: View, findings: readonly Finding[]): Markup {
  const [first] = findings;
  const meta = allRules().find((rule) => rule.meta.id === first?.rule)?.meta;
  if (first === undefined) return html``;
  const controls = (meta?.controls ?? []).map((id) => html`<li>${id} ${findControl(id)?.title ?? ''}</li>`);
  return html`<section class="finding"><h3>${severityTag(first.severity)} ${meta?.failure ?? 'A rule that is not here'} <code class="soft">${plain(first.rule)}</code></h3>
<ul>${findings.map((finding) => html`<li>${seen(view, finding)}</li>`)}</ul>
${meta === undefined ? '' : html`<p class="mend">${meta.remedy}</p><ul class="small soft">${controls}${meta.references.map(reference)}</ul>`}</section>
`;
}

function reference(text: string): Markup {
  const isLink = /^https:\/\/[^\s"'<>]+$/.test(text) && URL.canParse(text);
  return isLink ? html`<li><a href="${text}" rel="noreferrer noopener">${text}</a></li>` : html`<li>${text}</li>`;
}

function runSection({ report }: View): Markup {
  const { version, at, files, outcomes } = report;
  const shown = files.slice(0, MOST_FILES);
  const list = shown.map((file) => html`<li><bdi class="place">${plain(file)}</bdi></li>`);
  const more = files.length > shown.length ? html`<li>and ${files.length - shown.length} more</li>` : '';
  return html`<h2 id="run">The run</h2>
<div class="box"><dl><dt>Target</dt><dd><bdi>${plain(report.target)}</bdi></dd><dt>Audited</dt><dd>${plain(at)}</dd>
<dt>By</dt><dd>Portcullis ${plain(version)}, ${outcomes.length} rules: ${countText(outcomes)}</dd>
${bearingLines(report).map((line) => html`<dt>Bears on it</dt><dd><bdi>${line}</bdi></dd>`)}</dl>
<details><summary><span class="id"></span><span class="what">What was looked at</span><span class="tags">${files.length}</span></summary>
<div class="in"><ul>${list}${more}</ul></div></details></div>
`;
}
