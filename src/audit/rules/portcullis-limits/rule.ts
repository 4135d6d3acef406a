import { DEFAULT_LIMITS } from '../../../pipeline/limits.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, membersOf } from '../../gather/located.ts';

/** How often the default is still a setting, and no longer a switch. */
const TIMES = 16;

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-limits',
    title: 'No limit of Portcullis is raised until it bounds nothing',
    failure: 'A limit of Portcullis is raised until it bounds nothing',
    severity: 'low',
    confidence: 'medium',
    controls: ['RES-01', 'RES-02', 'ISO-04'],
    method: 'config',
    remedy: 'Measure what your callers need, and set the limit a little above it.',
    references: ['portcullis.schema.json, limits', 'OWASP MCP Top 10 MCP05'],
  },
  ({ deployments }) => deployments,
  ({ file, root }) =>
    membersOf(member(root, 'limits')).flatMap(([name, value]) => {
      const usual = Object.hasOwn(DEFAULT_LIMITS, name)
        ? DEFAULT_LIMITS[name as keyof typeof DEFAULT_LIMITS]
        : undefined;
      if (usual === undefined || typeof value.scalar !== 'number' || value.scalar <= usual * TIMES) return [];
      const times = Math.floor(value.scalar / usual);
      return [
        {
          message: `limits.${name} is ${times} times the default of ${usual}`,
          place: placeIn(file, value),
          evidence: String(value.scalar),
        },
      ];
    }),
);
