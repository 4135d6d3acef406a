import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { Pipeline } from '../../gather/pipelines.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: FileRule<Pipeline> = fileRule(
  {
    id: 'workflow-permissions',
    title: 'Workflows say which rights they need',
    failure: 'A workflow has more rights than it says it needs',
    severity: 'low',
    confidence: 'medium',
    controls: ['SUP-04'],
    method: 'config',
    remedy: 'Put "permissions: {}" above the jobs, and give each job what it needs, such as "contents: read".',
    references: ['GitHub, Secure use reference: GITHUB_TOKEN', 'OpenSSF Scorecard, Token-Permissions'],
  },
  ({ pipelines }) => pipelines.filter(({ by }) => by === 'github'),
  ({ file, rights, jobs }) => {
    const hits: Hit[] = [];
    for (const [name, each] of [
      ['the workflow', rights] as const,
      ...jobs.map((job) => [`"${job.name}"`, job.rights] as const),
    ])
      if (each?.kind === 'write-all')
        hits.push({
          message: `${name} may write everything`,
          place: placeIn(file, each),
          evidence: 'write-all',
          severity: 'high',
          confidence: 'high',
        });
    const silent = jobs.filter((job) => job.rights === undefined);
    const [first] = silent;
    if (rights === undefined && first !== undefined)
      hits.push({
        message: `${silent.length} of ${jobs.length} jobs take the rights that the repository gives when nothing is said`,
        place: placeIn(file, first),
      });
    return hits;
  },
);
