import type { AuditRule } from '../../model.ts';
import { placeIn } from '../../file-rule.ts';
import type { FilesSubject } from '../../gather/parts.ts';

interface Gates {
  readonly file: string;
  /** What scans, of all workflows together. */
  readonly scans: readonly string[];
}

const SCANS =
  /\b(?:npm|pnpm|yarn(?: npm)?|bun)\s+audit\b|\bportcullis\b.{0,60}\baudit\b|\b(?:osv-scanner|codeql|semgrep|opengrep|trivy|grype|snyk|pip-audit|bandit|govulncheck|gitleaks|trufflehog|zizmor|sonar\w*|dependency-review|scorecard|mcp-scan|agent-scan|checkov|dependency-check|audit-ci|better-npm-audit|safety\s+(?:check|scan)|SAST|Dependency-Scanning)\b/i;

/** See `meta`. */
export const rule: AuditRule<FilesSubject, Gates> = {
  kind: 'files',
  meta: {
    id: 'workflow-gate',
    title: 'An MCP server is scanned before it is built',
    failure: 'No workflow of an MCP server scans it',
    severity: 'low',
    confidence: 'low',
    controls: ['SUP-02'],
    method: 'config',
    remedy: 'Add a job that has to pass: npx portcullis audit . --fail-on high, and a scan of the dependencies.',
    references: ['OWASP Secure MCP Server Development, section 8', 'OWASP CI/CD Security Cheat Sheet'],
  },
  gather({ pipelines, manifests }) {
    const whole = pipelines.filter(({ by }) => by !== 'action');
    const [first] = whole;
    if (first === undefined || !manifests.some(({ isMcp }) => isMcp)) return undefined;
    const scripts = manifests.flatMap((each) => each.scripts);
    const texts = whole.flatMap(({ file, jobs, includes }) => [
      file,
      ...includes.map(({ value }) => value),
      ...jobs.flatMap(({ name, calls, steps, image }) => [
        name,
        calls?.value ?? '',
        image?.value ?? '',
        ...steps.flatMap(({ uses, script }) => [uses?.value ?? '', script?.value ?? '']),
      ]),
    ]);
    return {
      file: first.file,
      scans: [...new Set([...texts, ...scripts].flatMap((text) => SCANS.exec(text)?.[0] ?? []))],
    };
  },
  judge({ file, scans }) {
    if (scans.length > 0)
      return { status: 'pass', why: `the workflows scan: ${scans.slice(0, 5).join(', ')}`, hits: [] };
    const message = 'no workflow scans the code or the dependencies of this MCP server';
    return { status: 'fail', why: message, hits: [{ message, place: placeIn(file, { line: 1, column: 1 }) }] };
  },
};
