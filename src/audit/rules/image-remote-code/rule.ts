import type { Dockerfile } from '../../gather/parts.ts';
import { fileRule, type FileRule } from '../../file-rule.ts';

const PIPED = /\b(?:curl|wget)\b[^;&|\n]*\|\s*(?:sudo\s+)?(?:\S*\/)?(?:sh|bash|zsh|ash|python3?|node|perl)\b/;
const SAVED = /\b(?:bash|sh)\s+(?:-c\s+)?["']?(?:<\(|\$\()\s*(?:curl|wget)\b/;

/** See `meta`. */
export const rule: FileRule<Dockerfile> = fileRule(
  {
    id: 'image-remote-code',
    title: 'Images run nothing that is fetched unchecked',
    failure: 'An image runs what it fetches, unchecked',
    severity: 'high',
    confidence: 'high',
    controls: ['SUP-01', 'DEP-01'],
    method: 'static',
    remedy: 'Install a package of the distribution, or fetch the file, compare its SHA-256, and run it then.',
    references: ['OWASP MCP Top 10 MCP04', 'SLSA'],
  },
  ({ dockerfiles }) => dockerfiles,
  ({ file, instructions }) =>
    instructions.flatMap(({ name, text, line }) => {
      const place = { file, line, column: 1 };
      if (name === 'RUN' && (PIPED.test(text) || SAVED.test(text)))
        return [{ message: 'A script is fetched and run at once', place, evidence: text.slice(0, 160) }];
      const isRemote = name === 'ADD' && /\bhttps?:\/\//.test(text) && !/--checksum=sha256:/.test(text);
      return isRemote
        ? [
            {
              message: 'ADD fetches a file without a checksum',
              place,
              evidence: text.slice(0, 160),
              severity: 'medium',
            },
          ]
        : [];
    }),
);
