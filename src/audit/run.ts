import { createHash } from 'node:crypto';
import {
  SEVERITIES,
  type AuditRule,
  type ControlVerdict,
  type Finding,
  type Gathered,
  type Hit,
  type Kind,
  type RuleMeta,
  type RuleOutcome,
} from './model.ts';
import type { WaiverProblem } from './manage/waivers.ts';
import { allRules } from './registry.ts';
import type { Subject } from './sign/subject.ts';
import { verdictsOf } from './verdicts.ts';

/** What was gathered of a target as one kind of subject. */
export interface Part {
  readonly kind: Kind;
  /** By id of a rule; those that had nothing to look at are not in it. */
  readonly gathered: Readonly<Record<string, Gathered>>;
  /** What was looked at, by path relative to the target or by URL. */
  readonly files: readonly string[];
  /** What could not be read, with why. Beside it no rule of the kind passes. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

/** Everything that was gathered of one target: it can be kept, and judged again without it. */
export interface AuditRun {
  readonly format: 'portcullis-audit-1';
  /** Version of the product, and so of its rules. */
  readonly version: string;
  /** What was audited, as it was named. */
  readonly target: string;
  /** ISO 8601. */
  readonly at: string;
  readonly parts: readonly Part[];
  /** What exactly it is of, where that was asked for. */
  readonly subject?: Subject;
}

/** What bears on findings from outside of the target's own making. */
export interface Bearing {
  /** `unused`: lines of waivers that bear on nothing. */
  readonly waivers?: {
    readonly file: string;
    readonly counted: number;
    readonly problems: readonly WaiverProblem[];
    readonly unused: readonly number[];
  };
  readonly baseline?: { readonly file: string };
  readonly since?: { readonly ref: string; readonly commit: string };
}

/** What an audit comes to. */
export interface AuditReport extends RunFacts, Pick<Part, 'files' | 'unread'> {
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** One for each rule about a kind of subject that the target was looked at as. */
  readonly outcomes: readonly RuleOutcome[];
  /** One for each of the 100 controls. */
  readonly verdicts: readonly ControlVerdict[];
  readonly bearing?: Bearing;
}

/** Which run it is. */
export interface RunFacts extends Pick<AuditRun, 'version' | 'target' | 'at'> {}

/**
 * Gathers what every rule about a kind of subject needs of one.
 * @param subject What the gatherer of that kind makes of a target.
 */
export async function gatherPart(kind: Kind, subject: Pick<Part, 'files' | 'unread'>): Promise<Part> {
  const gathered: Record<string, Gathered> = {};
  const broken: { readonly file: string; readonly why: string }[] = [];
  const rules = rulesAbout(kind);
  for (const rule of [...rules.filter(({ isLast }) => isLast !== true), ...rules.filter(({ isLast }) => isLast)]) {
    try {
      const found = await rule.gather(subject as never);
      if (found !== undefined) gathered[rule.meta.id] = found;
    } catch (error) {
      // INVARIANT: what a stranger made to break one rule does not keep the others from looking, and is no pass.
      const why = error instanceof Error ? error.name : 'an error';
      broken.push({ file: subject.files[0] ?? kind, why: `${rule.meta.id} could not look at it: ${why}` });
    }
  }
  const { files, unread } = subject;
  return { kind, gathered, files, unread: [...unread, ...broken] };
}

function rulesAbout(kind: Kind): readonly AuditRule[] {
  return allRules().filter((rule) => rule.kind === kind);
}

/** Joins what was gathered of a target. */
export function createRun(facts: RunFacts, parts: readonly Part[]): AuditRun {
  return { format: 'portcullis-audit-1', ...facts, parts };
}

/** Judges what was gathered. It reads nothing else: the same run gives the same report, wherever it is judged. */
export function judgeRun(run: AuditRun): AuditReport {
  const outcomes = run.parts.flatMap((part) => [
    ...rulesAbout(part.kind).map((rule) => judgeRule(rule, part)),
    ...outcomesWithout(part),
  ]);
  const { version, target, at } = run;
  const files = run.parts.flatMap((part) => part.files);
  const unread = run.parts.flatMap((part) => part.unread);
  const findings = outcomes.flatMap((outcome) => outcome.findings).toSorted(worstFirst);
  return { version, target, at, files, unread, findings, outcomes, verdicts: verdictsOf(outcomes) };
}

/** What was gathered for rules that are not here: it is not passed over in silence. */
function outcomesWithout({ kind, gathered }: Part): readonly RuleOutcome[] {
  const known = new Set(rulesAbout(kind).map(({ meta }) => meta.id));
  return Object.keys(gathered)
    .filter((id) => !known.has(id))
    .map((rule) => ({ rule, status: 'unknown', why: 'the rule that judges it is not here', findings: [] }));
}

function judgeRule(rule: AuditRule, part: Part): RuleOutcome {
  const { meta } = rule;
  const gathered = Object.hasOwn(part.gathered, meta.id) ? part.gathered[meta.id] : undefined;
  if (gathered === undefined && part.unread.length > 0)
    // It may be in what could not be read.
    return { rule: meta.id, status: 'unknown', why: 'something could not be read', findings: [] };
  if (gathered === undefined)
    return { rule: meta.id, status: 'not-applicable', why: 'nothing here is of its kind', findings: [] };
  try {
    const { status, why, hits } = rule.judge(gathered);
    // What passed may be wrong in what could not be read.
    const isPartly = status === 'pass' && part.unread.length > 0;
    return {
      rule: meta.id,
      status: isPartly ? 'unknown' : status,
      why: isPartly ? `${why}; something could not be read` : why,
      findings: numbered(hits.map((hit) => findingOf(meta, hit))),
    };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'an error';
    return { rule: meta.id, status: 'unknown', why: `what was gathered cannot be judged: ${name}`, findings: [] };
  }
}

function findingOf(meta: RuleMeta, { message, place, evidence, severity, confidence, fix }: Hit): Finding {
  const where = 'file' in place ? place.file : place.exchange;
  return {
    rule: meta.id,
    message,
    place,
    severity: severity ?? meta.severity,
    confidence: confidence ?? meta.confidence,
    ...(evidence === undefined ? {} : { evidence }),
    ...(fix === undefined ? {} : { fix }),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([meta.id, where, message, evidence ?? '']))
      .digest('base64url')
      .slice(0, 22),
  };
}

/** Two that look the same are told apart by their order. */
function numbered(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const count = (seen.get(finding.fingerprint) ?? 0) + 1;
    seen.set(finding.fingerprint, count);
    return count === 1 ? finding : { ...finding, fingerprint: `${finding.fingerprint}-${count}` };
  });
}

function worstFirst(a: Finding, b: Finding): number {
  const bySeverity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  if (bySeverity !== 0) return bySeverity;
  const sure = ['high', 'medium', 'low'];
  const byConfidence = sure.indexOf(a.confidence) - sure.indexOf(b.confidence);
  return byConfidence === 0 ? lineOf(a).localeCompare(lineOf(b)) : byConfidence;
}

function lineOf({ place }: Finding): string {
  return 'file' in place ? `${place.file}:${String(place.line).padStart(7, '0')}` : place.exchange;
}
