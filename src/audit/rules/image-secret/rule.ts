import type { Dockerfile } from '../../gather/parts.ts';
import { fileRule, type FileRule } from '../../file-rule.ts';

/** See `meta`. */
export const rule: FileRule<Dockerfile> = fileRule(
  {
    id: 'image-secret',
    title: 'No credential is built into an image',
    failure: 'A credential is built into an image',
    severity: 'critical',
    confidence: 'medium',
    controls: ['SEC-01'],
    method: 'static',
    remedy:
      'Mount it when the container starts, or while building with RUN --mount=type=secret. A layer keeps what a later one deletes. Change the one that stood here.',
    references: ['OWASP Docker Security Cheat Sheet', 'OWASP MCP Top 10 MCP01'],
  },
  ({ dockerfiles }) => dockerfiles,
  ({ file, instructions }) =>
    instructions.flatMap(({ name, text, line, secrets }) => {
      const place = { file, line, column: 1 };
      if (name === 'COPY' || name === 'ADD') {
        const copied = text.split(/\s+/).slice(0, -1);
        const secret = copied.find((word) =>
          /(?:^|\/)(?:\.env(?:\.(?!example|sample|template)\w+)?|id_(?:rsa|ed25519|ecdsa)|\.npmrc|\.netrc|\.pypirc|[\w.-]+\.(?:pem|key|p12|pfx))$/.test(
            word,
          ),
        );
        return secret === undefined
          ? []
          : [{ message: `${name} puts a file of credentials into a layer`, place, evidence: secret }];
      }
      return secrets.map(({ name: key, kind }) => ({ message: `${name} has ${kind} in ${key}`, place, evidence: key }));
    }),
);
