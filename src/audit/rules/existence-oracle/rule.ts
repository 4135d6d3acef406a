import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';
import { foreignObjects, type ForeignObjects } from '../../probes/foreign-objects.ts';

const meta: RuleMeta = {
  id: 'existence-oracle',
  title: 'A resource of another user is refused as one that does not exist',
  failure: 'The refusal of a resource tells whether it exists',
  severity: 'low',
  confidence: 'medium',
  controls: ['VAL-12'],
  method: 'probe',
  remedy:
    'Answer -32602 with one and the same text to a URI that does not exist and to one that the caller may not read.',
  references: ['MCP 2026-07-28 server/resources, error handling', 'CWE-204'],
};

type Facts = Pick<ForeignObjects, 'fault' | 'objects'>;

/** Compares how the resources of the user are refused to the other user with how one is that was made up. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined || subject.surface.resources.length === 0) return undefined;
    const { exchanges, objects, ...rest } = await foreignObjects(subject);
    return { exchanges, facts: { ...rest, objects: objects.filter(({ kind }) => kind === 'resource') } };
  },
  judge({ facts: { fault, objects } }) {
    if (fault !== undefined) return unknown(fault);
    if (objects.length === 0) return unknown('the other user is listed all that the user is');
    const hits = objects.flatMap(({ what, era, oracle }) =>
      oracle === undefined
        ? []
        : [
            {
              message: 'a resource of another user is refused in another way than one that does not exist',
              place: { exchange: `${what} as the other user (${era})` },
              evidence: `${oracle.existing}; one that was made up: ${oracle.madeUp}`,
            },
          ],
    );
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${objects.length}`, hits };
    const open = objects.find(({ came }) => came !== 'kept');
    if (open !== undefined) return unknown(`${open.what} is not refused: ${open.why}`);
    return { status: 'pass', why: `${meta.title}: ${objects.length} tried`, hits };
  },
});
