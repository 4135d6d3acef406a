import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { ImageConfig } from '../../gather/image-config.ts';

/** See `meta`. */
export const rule: FileRule<ImageConfig> = fileRule(
  {
    id: 'image-config-secret',
    title: 'No credential stands in a built image',
    failure: 'A credential stands in a built image',
    severity: 'critical',
    confidence: 'medium',
    controls: ['SEC-01'],
    method: 'static',
    remedy:
      'Give it when the container starts, or while building with RUN --mount=type=secret. Whoever pulls the image reads this; change it.',
    references: ['OCI Image Configuration, config.Env and history', 'OWASP MCP Top 10 MCP01'],
  },
  ({ images }) => images,
  ({ file, name, env, history }) => [
    ...env.flatMap((each) =>
      each.secret === undefined
        ? []
        : [
            {
              message: `"${name}" has ${each.secret} in its environment`,
              place: placeIn(file, each),
              evidence: each.name,
            },
          ],
    ),
    ...history.flatMap(({ line, secrets }) =>
      secrets.map((each) => ({
        message: `"${name}" tells ${each.kind} in its history`,
        place: { file, line, column: 1 },
        evidence: each.name,
      })),
    ),
  ],
);
