import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, textOf } from '../../gather/located.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-record',
    title: 'Production keeps its log and its state, under keys of its own',
    failure: 'Production does not keep its log or its state',
    severity: 'medium',
    confidence: 'high',
    controls: ['LOG-03'],
    method: 'config',
    remedy: 'Name audit.directory, audit.origin and audit.key, keys.file, and a store of kind sqlite.',
    references: ['OWASP MCP Top 10 MCP08', 'docs/guides/verify-the-audit-log.md'],
  },
  ({ deployments }) => deployments.filter(({ root }) => textOf(member(root, 'profile')) === 'production'),
  ({ file, root }) => {
    const hits: Hit[] = [];
    const profile = member(root, 'profile') ?? root;
    for (const [section, key, what] of [
      ['audit', 'key', 'the log is signed with no key of its own'],
      ['keys', 'file', 'sealed state has no keys of its own'],
    ] as const)
      if (member(root, section, key) === undefined)
        hits.push({ message: `${section}.${key} is not set: ${what}`, place: placeIn(file, profile) });
    const kind = member(root, 'store', 'kind');
    if (kind !== undefined && textOf(kind) === 'memory')
      hits.push({
        message: 'rates, handles and revocations are forgotten when the process ends',
        place: placeIn(file, kind),
        evidence: 'kind: memory',
      });
    return hits;
  },
);
