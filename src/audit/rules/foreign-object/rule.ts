import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';
import { foreignObjects, type ForeignObject, type ForeignObjects } from '../../probes/foreign-objects.ts';

const meta: RuleMeta = {
  id: 'foreign-object',
  title: "What is one user's is not served to another",
  failure: "What is one user's is served to another",
  severity: 'high',
  confidence: 'high',
  controls: ['AUZ-03', 'ISO-02'],
  method: 'probe',
  remedy:
    'Look for the id and its owner together, the owner being the principal of the verified token, and answer as if there were none where the owner is another.',
  references: [
    'OWASP API Security Top 10 API1:2023',
    'MCP 2026-07-28 server/resources, security considerations',
    'CWE-639',
  ],
};

type Facts = Pick<ForeignObjects, 'fault' | 'objects'>;

/** Reads as the other user what only the list of the user has, and what was named as the user's alone. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined) return undefined;
    const { exchanges, ...facts } = await foreignObjects(subject);
    return { exchanges, facts };
  },
  judge({ facts: { fault, objects } }) {
    if (fault !== undefined) return unknown(fault);
    const given = objects.filter(({ came }) => came === 'given');
    if (given.length > 0)
      return { status: 'fail', why: `${meta.failure}: ${given.length} of ${objects.length}`, hits: hitsOf(given) };
    const unclear = objects.find(({ came }) => came === 'unclear');
    if (unclear !== undefined) return unknown(`${unclear.what}: ${unclear.why}`);
    return { status: 'pass', why: `${meta.title}: ${objects.length} tried`, hits: [] };
  },
});

/** One for each object: what is given in both eras is told once. */
function hitsOf(given: readonly ForeignObject[]): readonly Hit[] {
  return [...Map.groupBy(given, ({ what }) => what).values()].flatMap(([one]): readonly Hit[] => {
    if (one === undefined) return [];
    const isNamed = one.kind === 'call';
    return [
      {
        message: isNamed
          ? "an object that was named as the user's alone is given to the other user"
          : 'a resource that only the list of the user has is given to the other user',
        place: { exchange: `${one.what} as the other user` },
        evidence: `${one.why}, with the same content as for the user`,
        // That a list leaves something out may have another reason.
        confidence: isNamed ? 'high' : 'medium',
      },
    ];
  });
}
