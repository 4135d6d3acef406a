import type { Dockerfile } from '../../gather/parts.ts';
import { fileRule, type FileRule } from '../../file-rule.ts';
import { isDigest } from '../../launch-line.ts';

/** See `meta`. */
export const rule: FileRule<Dockerfile> = fileRule(
  {
    id: 'image-base',
    title: 'Images are built on a base with a digest',
    failure: 'An image is built on whatever a tag leads to',
    severity: 'medium',
    confidence: 'high',
    controls: ['TDS-04', 'SUP-01', 'DEP-01'],
    method: 'static',
    remedy: 'Write the digest behind the tag: FROM node:24-slim@sha256:...',
    references: ['OWASP Secure MCP Server Development, section 8', 'SLSA'],
  },
  ({ dockerfiles }) => dockerfiles.filter(({ instructions }) => instructions.some(({ name }) => name === 'FROM')),
  ({ file, instructions }) => {
    const stages = new Set<string>();
    return instructions.flatMap(({ name, text, line }) => {
      if (name !== 'FROM') return [];
      const words = text.split(/\s+/).filter((word) => !word.startsWith('--'));
      const [image = ''] = words;
      const isStage = stages.has(image.toLowerCase());
      if (words[1]?.toLowerCase() === 'as' && words[2] !== undefined) stages.add(words[2].toLowerCase());
      // What an argument of the build names cannot be told from here.
      if (isStage || image === 'scratch' || image.includes('$') || isDigest(image)) return [];
      const isLatest = !/:[^/]+$/.test(image) || image.endsWith(':latest');
      return [
        {
          message: isLatest ? 'The base is whatever is newest' : 'The base has no digest',
          place: { file, line, column: 1 },
          evidence: image,
          ...(isLatest ? { severity: 'high' as const } : {}),
        },
      ];
    });
  },
);
