import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, textOf } from '../../gather/located.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-profile',
    title: 'What others reach runs in the production profile',
    failure: 'What others reach runs in the profile of development',
    severity: 'high',
    confidence: 'high',
    controls: ['DEP-04'],
    method: 'config',
    remedy: 'Set profile: production. It refuses to start with anything weak, and says what that is.',
    references: ['OWASP MCP Top 10 MCP07', 'docs/guides/production.md'],
  },
  ({ deployments }) => deployments,
  ({ file, root }) => {
    const profile = member(root, 'profile');
    if (profile === undefined || textOf(profile) !== 'dev') return [];
    const http = member(root, 'http');
    const reached = [
      ['host', /^(?!127\.|localhost$|::1$|\[::1\]$)/],
      ['publicUrl', /^https?:\/\/(?!localhost\b|127\.|\[::1\])/],
      ['terminatedBy', /./],
    ] as const;
    const found = reached.find(([key, form]) =>
      form.test(textOf(member(http, key)) ?? (key === 'host' ? '127.0.0.1' : '')),
    );
    if (found === undefined) return [];
    const [key] = found;
    return [
      {
        message: `profile is dev, and http.${key} lets others reach it`,
        place: placeIn(file, profile),
        evidence: 'profile: dev',
      },
    ];
  },
);
