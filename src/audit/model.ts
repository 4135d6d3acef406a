import type { ControlId } from '../catalogue/control-id.ts';
import type { AuditMethod } from '../catalogue/control.ts';

/** What a rule or a control comes to. An `unknown` never counts as a pass. */
export type Status = 'pass' | 'fail' | 'not-applicable' | 'unknown' | 'waived';

/** How bad it is, from the worst on. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
/** See `SEVERITIES`. */
export type Severity = (typeof SEVERITIES)[number];

/** How sure a finding is. */
export type Confidence = 'high' | 'medium' | 'low';

/** Where something was seen: a line of a file, counted from 1, or an exchange with a server. */
export type Place =
  | { readonly file: string; readonly line: number; readonly column: number }
  | { readonly exchange: string };

/** What mends a finding and changes nothing else: other text in the place of some that stands at it, in one line. */
export interface Fix {
  readonly replace: string;
  readonly by: string;
}

/** One thing that a rule saw. */
export interface Hit {
  /** What is wrong there, in one sentence. */
  readonly message: string;
  readonly place: Place;
  /** What was seen, cut and without secrets. */
  readonly evidence?: string;
  /** Where it differs from that of its rule. */
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  /** Where a change is safe for what works today, and there is nothing to choose. */
  readonly fix?: Fix;
}

/** What a rule concludes of what was gathered for it. */
export interface Judgement {
  readonly status: 'pass' | 'fail' | 'unknown';
  /** One line: what decides it. */
  readonly why: string;
  readonly hits: readonly Hit[];
}

/** What is known of a rule beside what it does. */
export interface RuleMeta {
  /** Kebab-case: the folder of the rule, and the id of its findings. */
  readonly id: string;
  /** What holds where nothing is found. */
  readonly title: string;
  /** What is wrong where something is. */
  readonly failure: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** The controls of the catalogue that it says something of. */
  readonly controls: readonly ControlId[];
  readonly method: AuditMethod;
  /** How to mend it, in a sentence or two. */
  readonly remedy: string;
  /** Sources by name and section, or URLs. */
  readonly references: readonly string[];
}

/**
 * What a target can be looked at as: configuration in files, source or shipped code, a server that runs, a published package, and
 * records of those who run it.
 */
export type Kind = 'files' | 'code' | 'live' | 'package' | 'evidence';

/** JSON: what was gathered can be kept and judged again. */
export type Gathered = object;

/**
 * One rule of the audit. What it gathers of a subject is plain data; what it judges of that is pure, so that a run that was kept
 * comes to the same verdicts elsewhere.
 */
export interface AuditRule<S = never, G extends Gathered = Gathered> {
  readonly kind: Kind;
  readonly meta: RuleMeta;
  /** Whether it looks after all others, for what it tries would bear on what they see. */
  readonly isLast?: true;
  /** What it needs of the subject; `undefined` where the subject has nothing that it is about. */
  gather(subject: S): G | undefined | Promise<G | undefined>;
  judge(gathered: G): Judgement;
}

/** What came of one rule. */
export interface RuleOutcome {
  readonly rule: string;
  readonly status: Status;
  readonly why: string;
  readonly findings: readonly Finding[];
}

/** One thing that was found, with all that a reader has to know of it. */
export interface Finding extends Required<Pick<Hit, 'message' | 'place' | 'severity' | 'confidence'>> {
  readonly rule: string;
  readonly evidence?: string;
  readonly fix?: Fix;
  /** Stays the same when lines move: rule, file and what was seen. */
  readonly fingerprint: string;
  /** Who takes it upon themselves, for which controls of its rule. */
  readonly waivers?: readonly Excuse[];
  /** Whether that is all of them. */
  readonly waived?: true;
  /** Why it counts against nobody now: it stood in a baseline, or in lines that have not changed. */
  readonly known?: 'baseline' | 'unchanged';
}

/** A waiver as it bears on a finding. It never makes anything pass. */
export interface Excuse {
  readonly controls: readonly ControlId[];
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it counts, `2027-03-31`. */
  readonly until: string;
}

/** What came of one control of the catalogue. */
export interface ControlVerdict {
  readonly control: ControlId;
  readonly status: Status;
  readonly why: string;
  /** Ids of the rules that said something. */
  readonly rules: readonly string[];
}
