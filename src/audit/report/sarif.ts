import { findControl } from '../../catalogue/index.ts';
import { neutralise } from '../../text/neutralise.ts';
import type { Finding, RuleMeta, Severity } from '../model.ts';
import { allRules } from '../registry.ts';
import type { AuditReport } from '../run.ts';
import { barOf } from '../verdicts.ts';
import { levelsOf } from './levels.ts';
import { isStanding, STATUSES, standingText } from './standing.ts';

const LEVELS: Readonly<Record<Severity, string>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' };
/** What code scanning sorts by, as CVSS would have it. */
const SCORES: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0' };

/** The report as SARIF 2.1.0 (OASIS), for code scanning. */
export function sarifReport(report: AuditReport): string {
  const used = allRules().filter(({ meta }) =>
    report.outcomes.some(({ rule, status }) => rule === meta.id && status !== 'not-applicable'),
  );
  const ids = used.map(({ meta }) => meta.id);
  const run = {
    tool: { driver: { name: 'portcullis', version: report.version, rules: used.map(({ meta }) => descriptor(meta)) } },
    columnKind: 'utf16CodeUnits',
    results: report.findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule), report)),
    invocations: [
      {
        executionSuccessful: true,
        endTimeUtc: report.at,
        toolExecutionNotifications: report.unread.map(({ file, why }) => ({
          level: 'warning',
          message: { text: `not read: ${neutralise(why)}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) } } }],
        })),
      },
    ],
    properties: {
      controls: Object.fromEntries(
        STATUSES.map((status) => [status, report.verdicts.filter((verdict) => verdict.status === status).length]),
      ),
      minimumBar: Object.fromEntries(barOf(report.verdicts).map(({ id, status }) => [id, status])),
      cosai: Object.fromEntries(levelsOf(report.verdicts).map(({ dimension, reached }) => [dimension.id, reached])),
    },
  };
  const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, undefined, 2)}\n`;
}

function descriptor(meta: RuleMeta): object {
  return {
    id: meta.id,
    shortDescription: { text: meta.failure },
    fullDescription: { text: `${meta.title}.` },
    help: { text: meta.remedy },
    defaultConfiguration: { level: LEVELS[meta.severity] },
    properties: {
      'security-severity': SCORES[meta.severity],
      precision: { high: 'high', medium: 'medium', low: 'low' }[meta.confidence],
      tags: ['security', ...meta.controls, ...new Set(meta.controls.flatMap(top10Of))],
    },
  };
}

function top10Of(control: string): readonly string[] {
  return (findControl(control)?.maps.mcpTop10 ?? []).map((entry) => `MCP${String(entry).padStart(2, '0')}`);
}

function resultOf(finding: Finding, ruleIndex: number, report: AuditReport): object {
  const { rule, message, place, severity, evidence, fingerprint } = finding;
  const text = neutralise(evidence === undefined ? message : `${message}: ${evidence}`);
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text },
    partialFingerprints: { 'portcullis/v1': fingerprint },
    locations: [
      'file' in place
        ? {
            physicalLocation: {
              artifactLocation: { uri: uriOf(place.file) },
              region: { startLine: Math.max(1, place.line), startColumn: Math.max(1, place.column) },
            },
          }
        : { logicalLocations: [{ fullyQualifiedName: neutralise(place.exchange) }] },
    ],
    ...fixesOf(finding),
    ...suppressionOf(finding, report),
    properties: { severity },
  };
}

/** What is waived or known is told, and said to be so (SARIF 2.1.0 section 3.35). */
function suppressionOf(finding: Finding, { bearing }: AuditReport): object {
  // Compared with a baseline each result says whether it stood there (section 3.27.24).
  const state = finding.known === 'baseline' ? 'unchanged' : 'new';
  const baseline = bearing?.baseline === undefined ? {} : { baselineState: state };
  if (isStanding(finding)) return baseline;
  const justification = standingText(finding, bearing) ?? '';
  return { ...baseline, suppressions: [{ kind: 'external', status: 'accepted', justification }] };
}

function fixesOf({ place, fix }: Finding): object {
  if (fix === undefined || !('file' in place)) return {};
  const { file, line, column } = place;
  const deletedRegion = { startLine: line, startColumn: column, endColumn: column + fix.replace.length };
  const replacement = { deletedRegion, insertedContent: { text: fix.by } };
  const description = { text: `Write ${fix.by} in the place of ${fix.replace}` };
  return {
    fixes: [
      { description, artifactChanges: [{ artifactLocation: { uri: uriOf(file) }, replacements: [replacement] }] },
    ],
  };
}

/** A path as a relative URI reference. */
function uriOf(path: string): string {
  return path
    .split(/[/\\]/)
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/');
}
