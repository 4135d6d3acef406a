import { findControl } from '../../catalogue/index.ts';
import { neutralise } from '../../text/neutralise.ts';
import type { Finding, RuleMeta, Severity } from '../model.ts';
import { allRules } from '../registry.ts';
import type { AuditReport } from '../run.ts';

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
    results: report.findings.map((finding) => resultOf(finding, ids.indexOf(finding.rule))),
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

function resultOf(finding: Finding, ruleIndex: number): object {
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
              region: { startLine: place.line, startColumn: place.column },
            },
          }
        : { logicalLocations: [{ fullyQualifiedName: neutralise(place.exchange) }] },
    ],
    ...fixesOf(finding),
    properties: { severity },
  };
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
  return path.split(/[/\\]/).map(encodeURIComponent).join('/');
}
