import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { Pipeline } from '../../gather/pipelines.ts';
import { isDigest } from '../../launch-line.ts';
import type { At } from '../../gather/parts.ts';
import type { Hit } from '../../model.ts';

const OF_GITHUB = /^(?:actions|github)\//;

/** See `meta`. */
export const rule: FileRule<Pipeline> = fileRule(
  {
    id: 'workflow-action-pin',
    title: 'Workflows use actions and images by their digest',
    failure: 'A workflow uses what can be another thing tomorrow',
    severity: 'medium',
    confidence: 'high',
    controls: ['SUP-01'],
    method: 'static',
    remedy:
      'Write the commit of the action with its version behind it as a comment, and the digest of the image. Tags can be moved, and were.',
    references: ['GitHub, Secure use reference: third-party actions', 'CVE-2025-30066 (tj-actions)'],
  },
  ({ pipelines }) => pipelines,
  ({ file, jobs, includes, by }) => {
    const seen = new Set<string>();
    const hits: Hit[] = [];
    const add = (at: At<string>, message: string, severity: Hit['severity'] = 'medium'): void => {
      // The same in ten jobs is one thing to mend.
      if (seen.has(at.value)) return;
      seen.add(at.value);
      hits.push({ message, place: placeIn(file, at), evidence: at.value.slice(0, 160), severity });
    };
    const used = jobs.flatMap(({ calls, steps }) => [calls, ...steps.map(({ uses }) => uses)]);
    const movable = used.filter((each) => each !== undefined).filter(({ value }) => isMovable(value));
    const [first] = movable.filter(({ value }) => OF_GITHUB.test(value));
    if (first !== undefined) {
      // Those who run the machines can change what they do anyway: one line for all of them.
      const names = [...new Set(movable.filter(({ value }) => OF_GITHUB.test(value)).map(({ value }) => value))];
      add({ ...first, value: names.join(', ') }, 'actions of GitHub are taken by their tags', 'low');
    }
    for (const each of movable)
      if (!OF_GITHUB.test(each.value)) add(each, saysOf(each.value), isBranch(each.value) ? 'high' : 'medium');
    for (const { image } of jobs)
      if (image !== undefined && !isDigest(image.value) && !image.value.includes('$'))
        add(image, 'the image of a job has no digest', 'low');
    for (const each of includes) add(each, by === 'gitlab' ? 'what it includes has no commit or digest' : 'no digest');
    return hits;
  },
);

function isMovable(reference: string): boolean {
  if (reference.startsWith('./')) return false;
  if (reference.startsWith('docker://')) return !isDigest(reference);
  return !/@[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(reference);
}

function saysOf(reference: string): string {
  if (isBranch(reference)) return 'an action is taken from a branch';
  return reference.startsWith('docker://') ? 'the image of an action has no digest' : 'an action is taken by its tag';
}

function isBranch(reference: string): boolean {
  if (reference.startsWith('docker://')) return false;
  return /@(?:main|master|develop|trunk|HEAD)$|^[^@]+$/.test(reference);
}
