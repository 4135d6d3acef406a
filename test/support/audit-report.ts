import { createHash } from 'node:crypto';
import { applyBaseline } from '../../src/audit/manage/baseline.ts';
import { applyWaivers } from '../../src/audit/manage/waive.ts';
import { parseWaivers } from '../../src/audit/manage/waivers.ts';
import type { Finding, Hit, RuleOutcome } from '../../src/audit/model.ts';
import { RULES } from '../../src/audit/rules.ts';
import type { AuditReport } from '../../src/audit/run.ts';
import { verdictsOf } from '../../src/audit/verdicts.ts';

/** A hit of a rule of the product. */
export interface RuleHit extends Hit {
  readonly rule: string;
}

/** The report of a run in which rules of the product saw what is given; every other one passed. */
export function reportOf(hits: readonly RuleHit[], facts: Partial<AuditReport> = {}): AuditReport {
  const outcomes = RULES.map(({ meta }): RuleOutcome => {
    const findings = hits
      .filter(({ rule }) => rule === meta.id)
      .map(({ severity = meta.severity, confidence = meta.confidence, ...hit }): Finding => {
        const fingerprint = createHash('sha256').update(JSON.stringify(hit)).digest('base64url').slice(0, 22);
        return { ...hit, severity, confidence, fingerprint };
      });
    return findings.length === 0
      ? { rule: meta.id, status: 'pass', why: meta.title, findings }
      : { rule: meta.id, status: 'fail', why: meta.failure, findings };
  });
  return {
    version: '1.2.3',
    target: 'a target',
    at: '2026-11-20T10:00:00.000Z',
    files: ['mcp.json', 'compose.yaml'],
    unread: [],
    findings: outcomes.flatMap(({ findings }) => findings),
    outcomes,
    verdicts: verdictsOf(outcomes),
    ...facts,
  };
}

const HITS: readonly RuleHit[] = [
  {
    rule: 'floating-server-version',
    message: '"notes" starts a package without an exact version',
    place: { file: 'a folder/mcp.json', line: 4, column: 49 },
    evidence: 'notes',
  },
  {
    rule: 'plain-http-server',
    message: 'an answer came without TLS',
    place: { exchange: 'tools/list as alice' },
  },
  {
    rule: 'workload-rights',
    message: 'what "web" starts may gain rights',
    place: { file: 'compose.yaml', line: 9, column: 5 },
    evidence: 'privileged: true',
    fix: { replace: 'true', by: 'false' },
  },
  {
    rule: 'image-user',
    message: 'the image runs as root',
    place: { file: 'demo/Dockerfile', line: 1, column: 1 },
    evidence: 'FROM node',
  },
];

const WAIVERS = `waivers:
  - { rule: image-user, file: demo/**, reason: the demo alone, owner: ann, expires: 2027-01-31 }
  - { rule: image-user, file: demo/**, reason: too long ago, owner: ann, expires: 2025-01-31 }
`;

const plain = reportOf(HITS, { unread: [{ file: 'broken.yaml', why: 'line 2, column 3: it is torn' }] });
const { waivers, problems } = parseWaivers(WAIVERS, new Date('2026-11-20T10:00:00Z'));
const bearing = {
  waivers: { file: 'portcullis.waivers.yaml', counted: waivers.length, problems, unused: [] },
  baseline: { file: 'baseline.json' },
};
const known = new Set(plain.findings.filter(({ rule }) => rule === 'workload-rights').map((each) => each.fingerprint));

/** A report with a finding in a file and one in an exchange, one that is waived and one that is known. */
export const REPORT: AuditReport = { ...applyBaseline(applyWaivers(plain, waivers), known), bearing };
