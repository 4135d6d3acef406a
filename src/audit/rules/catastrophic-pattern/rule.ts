import type { CodeSubject, PatternFact } from '../../code/facts.ts';
import { placeAt } from '../../code-rule.ts';
import type { AuditRule, Judgement, RuleMeta } from '../../model.ts';

/** What came of looking at each expression. */
interface Patterns {
  /** Whether `recheck` could be loaded. */
  readonly isLooked: boolean;
  readonly patterns: readonly (PatternFact & { readonly comesTo: 'safe' | 'vulnerable' | 'unknown' })[];
}

/** Expressions that are looked at, and milliseconds for one. */
const MOST = { patterns: 60, time: 1000 };
const INSTALL = 'npm install --save-dev recheck@4.5.0';

const meta: RuleMeta = {
  id: 'catastrophic-pattern',
  title: 'No expression takes very long on what a caller passes',
  failure: 'An expression takes very long on some texts that a caller can pass',
  severity: 'medium',
  confidence: 'high',
  controls: ['VAL-01', 'RES-02'],
  method: 'static',
  remedy: 'Write the expression so that each character can match in one way only, or bound the text before it.',
  references: ['CWE-1333', 'CVE-2026-0621'],
};

/** See `meta`. */
export const rule: AuditRule<CodeSubject, Patterns> = {
  kind: 'code',
  meta,
  async gather({ patterns }) {
    if (patterns.length === 0) return undefined;
    const check = await import('recheck').then(({ checkSync }) => checkSync).catch(() => undefined);
    return {
      isLooked: check !== undefined,
      patterns: patterns.slice(0, MOST.patterns).map((fact) => {
        if (!mayBeSlow(fact.source)) return { ...fact, comesTo: 'safe' };
        const status = check?.(fact.source, fact.flags, { timeout: MOST.time }).status;
        return { ...fact, comesTo: status ?? 'unknown' };
      }),
    };
  },
  judge({ isLooked, patterns }): Judgement {
    const slow = patterns.filter(({ comesTo }) => comesTo === 'vulnerable');
    const hits = slow.map((fact) => ({
      message: 'The expression takes very long on some texts',
      place: placeAt(fact),
      evidence: fact.source.slice(0, 120),
      confidence: fact.isBuilt ? ('medium' as const) : ('high' as const),
    }));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    const isUnclear = patterns.some(({ comesTo }) => comesTo === 'unknown');
    if (!isUnclear) return { status: 'pass', why: `${meta.title}: ${patterns.length} looked at`, hits };
    return {
      status: 'unknown',
      why: isLooked ? 'an expression could not be told' : `the package that tells is not there: ${INSTALL}`,
      hits,
    };
  },
};

/** Without two places that take any number, no text takes long. */
function mayBeSlow(source: string): boolean {
  return (source.match(/[*+]|\{\d+,/g) ?? []).length > 1;
}
