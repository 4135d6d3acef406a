import { findCredential } from '../../../text/credential-shape.ts';
import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta, Severity } from '../../model.ts';
import { exchangesOf, surveyOf } from '../../probes/survey.ts';

/** What stands in an error that tells of the inside, by the label of its exchange. */
interface Facts {
  readonly inside: Readonly<Record<string, readonly string[]>>;
}

const LOOKED_AT = 65_536;

const INSIDES: readonly (readonly [what: string, severity: Severity, pattern: RegExp])[] = [
  [
    'a stack trace',
    'medium',
    /\bat [^\n"\\]{0,200}(?:\.[cm]?[jt]s|\.py|\.go|\.rb):\d{1,6}(?::\d{1,6})?|node:internal\/|Traceback \(most recent call last\)|File \\?"[^"\\\n]{1,200}\\?", line \d/,
  ],
  [
    'a path of its machine',
    'low',
    /(?<![\w:/.])\/(?:home|root|usr|opt|srv|app|var|Users|workspace)\/[\w.@-]{1,80}\/[\w.@/-]{1,200}|[A-Z]:\\{1,2}(?:Users|Program Files|Windows)\\/,
  ],
  [
    'a statement of its database',
    'medium',
    /\b(?:SELECT .{1,200} FROM|INSERT INTO|UPDATE .{1,80} SET|DELETE FROM) \w|SQLITE_[A-Z]+\b|ER_[A-Z]{3,}_[A-Z]+/,
  ],
  ['an address behind it', 'low', /\b(?:ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT) [\w.:-]{3,}/],
];

const meta: RuleMeta = {
  id: 'error-insides',
  title: 'Errors tell nothing of the inside of the server',
  failure: 'Errors tell of the inside of the server',
  severity: 'medium',
  confidence: 'medium',
  controls: ['VAL-13'],
  method: 'probe',
  remedy: 'Answer an error with a code and one sentence that you wrote; the rest belongs in the log.',
  references: ['CWE-209', 'OWASP Secure MCP Server Development, error handling'],
};

/** See `meta`. */
export const rule: LiveRule<Facts> = liveRule(meta, {
  async gather(subject) {
    const survey = await surveyOf(subject);
    if (survey === undefined) return undefined;
    const inside = survey.errors.map(({ seen }) => {
      const text = seen.text.slice(0, LOOKED_AT);
      const found = INSIDES.filter(([, , pattern]) => pattern.test(text)).map(([what]) => what);
      return [seen.exchange.label, findCredential(text) === undefined ? found : [...found, 'a credential']] as const;
    });
    return { exchanges: exchangesOf(survey.errors), facts: { inside: Object.fromEntries(inside) } };
  },
  judge({ exchanges, facts: { inside } }) {
    const answered = exchanges.filter(isAnswered);
    if (answered.length === 0) return unknown('no error was answered with a text');
    const kinds = Map.groupBy(
      answered.flatMap(({ label }) => (inside[label] ?? []).map((what) => ({ what, label }))),
      ({ what }) => what,
    );
    const hits = [...kinds].map(([what, all]): Hit => {
      const labels = all.map(({ label }) => label);
      return {
        message: `an error holds ${what}`,
        place: { exchange: labels[0] ?? '' },
        evidence: `in answer to ${labels.slice(0, 3).join('; ')}`,
        severity: INSIDES.find(([each]) => each === what)?.[1] ?? 'high',
      };
    });
    if (hits.length === 0) return { status: 'pass', why: `${meta.title}: ${answered.length} looked at`, hits };
    return { status: 'fail', why: `${meta.failure}: ${[...kinds.keys()].join(', ')}`, hits };
  },
});

function isAnswered(exchange: Exchange): boolean {
  return outcomeOf(exchange) === 'refused' && exchange.bytes > 0;
}
