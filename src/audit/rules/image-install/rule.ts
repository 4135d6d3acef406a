import type { Dockerfile } from '../../gather/parts.ts';
import { fileRule, type FileRule } from '../../file-rule.ts';

const UNLOCKED: readonly (readonly [RegExp, string])[] = [
  [
    /\bnpm\s+(?:install|i|add)\b(?![^;&|\n]*(?:\s|=)(?:\.{0,2}\/|\S+\.tgz))/,
    'npm install takes whatever fits the ranges; npm ci takes what is locked',
  ],
  [/\bnpx\s+(?:-\S+\s+)*(?!(?:@[^\s/@]+\/)?[^\s@]+@\d+\.\d+\.\d+)[@\w]/, 'npx takes the newest version of a package'],
  [
    /\byarn\s+install\b(?![^;&|\n]*--(?:immutable|frozen-lockfile))/,
    'yarn install without --immutable changes the lockfile',
  ],
  [
    /\bpnpm\s+(?:install|i)\b(?![^;&|\n]*--frozen-lockfile)/,
    'pnpm install without --frozen-lockfile changes the lockfile',
  ],
  [
    /\bpip3?\s+install\b(?![^;&|\n]*(?:--require-hashes|--no-index|==|\s-e\s|\s\.(?:\s|\[|$)))/,
    'pip install takes packages without a hash or a version',
  ],
];

/** See `meta`. */
export const rule: FileRule<Dockerfile> = fileRule(
  {
    id: 'image-install',
    title: 'Images install what is locked',
    failure: 'An image installs whatever is newest',
    severity: 'medium',
    confidence: 'medium',
    controls: ['SUP-01'],
    method: 'static',
    remedy: 'Install from the lockfile: npm ci --ignore-scripts, pip install --require-hashes.',
    references: ['OWASP Secure MCP Server Development, section 8', 'OWASP NPM Security Cheat Sheet'],
  },
  ({ dockerfiles }) => dockerfiles,
  ({ file, instructions }) =>
    instructions.flatMap(({ name, text, line }) =>
      name !== 'RUN' && name !== 'CMD' && name !== 'ENTRYPOINT'
        ? []
        : UNLOCKED.flatMap(([form, message]) => {
            const plain = text.replaceAll(/["',[\]]+/g, ' ');
            return form.test(plain)
              ? [{ message, place: { file, line, column: 1 }, evidence: text.slice(0, 160) }]
              : [];
          }),
    ),
);
