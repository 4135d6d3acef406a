/** How bad a finding is: `high` stops a server from starting, `medium` is reported. */
export type ScanSeverity = 'high' | 'medium';

/** What a scan found in one text that a model reads. */
export interface ScanFinding {
  /** Id of the rule. */
  readonly rule: string;
  readonly severity: ScanSeverity;
  /** JSON pointer of the text within the definition; empty for a text on its own. */
  readonly path: string;
  /** What was found, neutralised, at most 80 characters. */
  readonly excerpt: string;
  /** What it does to a model that reads it. */
  readonly why: string;
}

/** One rule, for reports and for accepting a finding by its id. */
export interface ScanRule {
  readonly id: string;
  readonly severity: ScanSeverity;
  readonly why: string;
}
