import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, membersOf, textOf } from '../../gather/located.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-approvals',
    title: 'Critical calls are approved by somebody else, in good time',
    failure: 'Critical calls are not approved by somebody else',
    severity: 'medium',
    confidence: 'medium',
    controls: ['PIC-01', 'AUZ-06'],
    method: 'config',
    remedy: 'Configure approvals: with an issuer and approvers, leave separation on, and keep ttl under an hour.',
    references: ['OWASP MCP Top 10 MCP02', 'docs/guides/approvals.md'],
  },
  ({ deployments }) => deployments.filter(({ root }) => textOf(member(root, 'profile')) === 'production'),
  ({ file, root }) => {
    const hits: Hit[] = [];
    const approvals = member(root, 'approvals');
    const critical = membersOf(member(root, 'upstreams')).flatMap(([, upstream]) =>
      membersOf(member(upstream, 'tools')).filter(([, tool]) => textOf(member(tool, 'effect')) === 'critical'),
    );
    const [first] = critical;
    if (approvals === undefined && first !== undefined)
      hits.push({
        message: `${critical.length} critical tools, and no page on which somebody else approves their calls`,
        place: placeIn(file, first[1]),
        evidence: first[0].slice(0, 128),
      });
    const separation = member(approvals, 'separation');
    if (separation?.scalar === false)
      hits.push({ message: 'whoever makes a critical call may approve it', place: placeIn(file, separation) });
    const ttl = member(approvals, 'ttl');
    const [, count = '0', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(textOf(ttl) ?? '') ?? [];
    const minutes = Number(count) * ({ ms: 1 / 60_000, s: 1 / 60, m: 1, h: 60 }[unit] ?? 0);
    if (ttl !== undefined && minutes > 60)
      hits.push({
        message: 'an approval can be used for more than an hour',
        place: placeIn(file, ttl),
        severity: 'low',
      });
    return hits;
  },
);
