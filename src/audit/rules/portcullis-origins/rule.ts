import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { itemsOf, member, textOf } from '../../gather/located.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-origins',
    title: 'Origins and hosts are named one by one',
    failure: 'Origins or hosts are let in at large',
    severity: 'high',
    confidence: 'high',
    controls: ['ARC-02'],
    method: 'config',
    remedy:
      'Name each origin with its scheme, such as https://app.example.com, and each host. Nothing stands for many.',
    references: ['MCP, transports: security warning', 'OWASP MCP Top 10 MCP07'],
  },
  ({ deployments }) => deployments,
  ({ file, root }) =>
    ['allowedOrigins', 'allowedHosts'].flatMap((key) =>
      itemsOf(member(root, 'http', key)).flatMap((each) => {
        const text = textOf(each) ?? '';
        const at = { place: placeIn(file, each), evidence: text.slice(0, 160) };
        if (text.includes('*') || text === 'null') return [{ message: `http.${key} lets in more than one`, ...at }];
        const isPlain = key === 'allowedOrigins' && /^http:\/\/(?!localhost\b|127\.|\[::1\])/.test(text);
        return isPlain
          ? [{ message: 'an origin in clear text can be anybody on the way', ...at, severity: 'medium' as const }]
          : [];
      }),
    ),
);
