import { isAside } from '../../dependency-places.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { Locked, Lockfile } from '../../gather/dependencies/locked.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: FileRule<Lockfile> = fileRule(
  {
    id: 'dependency-source',
    title: 'Dependencies come from a registry',
    failure: 'A dependency comes past the registry',
    severity: 'medium',
    confidence: 'high',
    controls: ['SUP-01'],
    method: 'static',
    remedy: 'Take a published version of it, or name the commit and keep a copy of your own. Never plain http.',
    references: ['OWASP NPM Security Cheat Sheet', 'OWASP MCP Top 10 MCP04'],
  },
  ({ locks }) => locks.filter(({ file, packages }) => packages.length > 0 && !isAside(file)),
  ({ file, packages, settings }) => [
    ...packages.flatMap((each) => hitOf(file, each)),
    ...settings.flatMap(({ value, line }): readonly Hit[] => {
      const place = placeIn(file, { line, column: 1 });
      if (value.startsWith('--extra-index-url'))
        return [
          { message: 'a second index can answer for the names of the first', place, evidence: value.slice(0, 160) },
        ];
      const isPlain = /^--trusted-host|\shttp:\/\/(?!localhost\b|127\.)/.test(value);
      return isPlain
        ? [
            {
              message: 'packages are taken from whoever answers',
              place,
              evidence: value.slice(0, 160),
              severity: 'high',
            },
          ]
        : [];
    }),
  ],
);

function hitOf(file: string, { name, from, source = '', isExact, hasIntegrity, line }: Locked): readonly Hit[] {
  const at = { place: placeIn(file, { line, column: 1 }), evidence: source.slice(0, 160) };
  // A digest tells what came in clear text.
  if (/^(?:git\+)?http:\/\/(?!localhost\b|127\.)/.test(source))
    return [{ message: `"${name}" is fetched in clear text`, ...at, severity: hasIntegrity ? 'low' : 'high' }];
  if (from === 'git')
    return isExact
      ? [{ message: `"${name}" is built from a commit of a repository`, ...at, severity: 'low' }]
      : [{ message: `"${name}" is built from whatever a repository has`, ...at, severity: 'high' }];
  if (from === 'url' && !hasIntegrity)
    return [{ message: `"${name}" is fetched from an address without a digest`, ...at }];
  return [];
}
