import type { Dockerfile } from '../../gather/parts.ts';
import { fileRule, type FileRule } from '../../file-rule.ts';

const OPEN: readonly (readonly [RegExp, string, 'high' | 'medium'])[] = [
  [/--inspect(?:-brk)?(?:=(?!127\.|localhost)\S+)?(?:\s|"|'|,|$)/, 'a debugger is opened', 'high'],
  [/\bNODE_TLS_REJECT_UNAUTHORIZED[=\s]+["']?0/, 'certificates are not checked', 'high'],
  [/\bPYTHONHTTPSVERIFY[=\s]+["']?0|\bGIT_SSL_NO_VERIFY[=\s]+["']?(?:1|true)/, 'certificates are not checked', 'high'],
  [
    /\b(?:NODE_ENV[=\s]+["']?development|FLASK_DEBUG[=\s]+["']?1|DEBUG[=\s]+["']?\*)/,
    'it runs as in development',
    'medium',
  ],
];

/** See `meta`. */
export const rule: FileRule<Dockerfile> = fileRule(
  {
    id: 'image-debug',
    title: 'Images run without debuggers, and check certificates',
    failure: "An image runs as on a developer's machine",
    severity: 'high',
    confidence: 'high',
    controls: ['DEP-04', 'ARC-03'],
    method: 'static',
    remedy: 'Take the option out of what is deployed.',
    references: ['OWASP Secure MCP Server Development, section 6'],
  },
  ({ dockerfiles }) => dockerfiles,
  ({ file, instructions }) => {
    const last = instructions.findLastIndex(({ name }) => name === 'FROM');
    return instructions.slice(Math.max(0, last)).flatMap(({ name, text, line }) =>
      name !== 'ENV' && name !== 'CMD' && name !== 'ENTRYPOINT'
        ? []
        : OPEN.flatMap(([form, message, severity]) =>
            form.test(text)
              ? [
                  {
                    message: `In what is deployed ${message}`,
                    place: { file, line, column: 1 },
                    evidence: text.slice(0, 160),
                    severity,
                  },
                ]
              : [],
          ),
    );
  },
);
