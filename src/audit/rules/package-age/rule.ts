import { factsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';

interface Age {
  readonly days: number;
}

const YOUNGEST_DAYS = 7;
const DAY_MS = 86_400_000;

/** See `meta`. */
export const rule: PackageRule<Age> = packageRule(
  {
    id: 'package-age',
    title: 'The version is old enough for others to have looked at it',
    failure: 'The version is too young for others to have looked at it',
    severity: 'medium',
    confidence: 'high',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Wait a week, or take the version before it: most that is malicious is found within days.',
    references: ['OWASP NPM Security Cheat Sheet', 'OpenSSF, npm best practices'],
  },
  (subject) => {
    const facts = factsOf(subject);
    if (typeof facts === 'string') return facts;
    const at = Date.parse(facts.published ?? '');
    return Number.isNaN(at) ? 'the registry says no day' : { days: Math.floor((subject.now - at) / DAY_MS) };
  },
  ({ days }) =>
    days >= YOUNGEST_DAYS
      ? []
      : [
          {
            message: `it was published ${days} days ago; ${YOUNGEST_DAYS} are asked for`,
            place: MANIFEST,
            evidence: `${days} days`,
          },
        ],
);
