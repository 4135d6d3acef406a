import type { Workload } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { isDigest } from '../../launch-line.ts';

/** See `meta`. */
export const rule: FileRule<Workload> = fileRule(
  {
    id: 'workload-image',
    title: 'Containers run an image with a digest',
    failure: 'A container runs whatever a tag leads to',
    severity: 'medium',
    confidence: 'high',
    controls: ['TDS-04', 'SUP-03'],
    method: 'static',
    remedy: 'Write the digest behind the tag: image: name:1.2.3@sha256:...',
    references: ['OWASP Secure MCP Server Development, section 8', 'OWASP MCP Top 10 MCP04'],
  },
  ({ workloads }) => workloads.filter(({ image }) => image !== undefined),
  ({ file, name, image }) => {
    if (image === undefined || isDigest(image.value) || image.value.includes('$')) return [];
    const isLatest = !/:[^/]+$/.test(image.value) || image.value.endsWith(':latest');
    return [
      {
        message: isLatest ? `"${name}" runs whatever is newest` : `"${name}" runs an image without a digest`,
        place: placeIn(file, image),
        evidence: image.value,
        ...(isLatest ? { severity: 'high' as const } : {}),
      },
    ];
  },
);
