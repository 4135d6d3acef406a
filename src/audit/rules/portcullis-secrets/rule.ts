import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, membersOf, textOf } from '../../gather/located.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-secrets',
    title: 'A portcullis.yaml refers to secrets, and production to a vault',
    failure: 'A portcullis.yaml holds a secret, or takes it from the environment',
    severity: 'high',
    confidence: 'high',
    controls: ['SEC-01'],
    method: 'config',
    remedy: 'Refer to it under secrets: with file:, age:, vault:, aws:, gcp: or azure:. Change what stood in the file.',
    references: ['OWASP MCP Top 10 MCP01', 'docs/guides/secrets.md'],
  },
  ({ deployments }) => deployments,
  ({ file, root, secrets }) => [
    ...secrets.map((each) => ({
      message: `${each.secret ?? 'a secret'} stands in it`,
      place: placeIn(file, each),
      evidence: each.name,
      severity: 'critical' as const,
      confidence: 'medium' as const,
    })),
    ...(textOf(member(root, 'profile')) === 'production' ? membersOf(member(root, 'secrets')) : []).flatMap(
      ([name, secret]) => {
        const from = member(secret, 'from');
        if (from === undefined || textOf(from)?.startsWith('env:') !== true) return [];
        return [
          {
            message: `production takes "${name}" from the environment, which every child and crash report sees`,
            place: placeIn(file, from),
            evidence: name,
          },
        ];
      },
    ),
  ],
);
