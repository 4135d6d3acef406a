import type { Dockerfile } from '../../gather/parts.ts';
import { fileRule, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Dockerfile> = fileRule(
  {
    id: 'image-user',
    title: 'Images run as a user of their own',
    failure: 'An image runs as root',
    severity: 'high',
    confidence: 'high',
    controls: ['DEP-01'],
    method: 'static',
    remedy: 'End the last stage with USER and the number of a user who owns nothing, such as USER 65532:65532.',
    references: ['OWASP Secure MCP Server Development, section 6', 'CIS Docker Benchmark 4.1'],
  },
  ({ dockerfiles }) => dockerfiles.filter(({ instructions }) => instructions.some(({ name }) => name === 'FROM')),
  ({ file, instructions }) => {
    const last = instructions.findLastIndex(({ name }) => name === 'FROM');
    const stage = instructions.slice(last);
    const user = stage.findLast(({ name }) => name === 'USER');
    const base = stage[0];
    if (user === undefined && /(?:nonroot|:\S*-nonroot|chainguard\/)/i.test(base?.text ?? '')) return [];
    const who = user?.text.split(':')[0];
    if (user !== undefined && who !== undefined && !/^(?:0+|root)$/i.test(who)) return [];
    const at = user ?? base;
    return [
      {
        message: user === undefined ? 'The last stage names no user, and runs as root' : 'The last stage runs as root',
        place: { file, line: at?.line ?? 1, column: 1 },
        evidence: `${at?.name ?? ''} ${at?.text.slice(0, 120) ?? ''}`,
        // The base may name another.
        ...(user === undefined ? { confidence: 'medium' as const } : {}),
      },
    ];
  },
);
