import type { Contents } from '../../package/contents.ts';
import { contentsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';
import type { Hit } from '../../model.ts';

/** Commands that people mean when they type them. */
const COMMANDS: ReadonlySet<string> = new Set(
  'node npm npx yarn pnpm bun deno git gh ssh scp sudo su sh bash zsh ls cat cp mv rm cd curl wget tar make python python3 pip uv uvx docker kubectl aws gcloud az code claude open env which kill ps grep find sed awk'.split(
    ' ',
  ),
);

/** See `meta`. */
export const rule: PackageRule<Pick<Contents, 'name' | 'bins'>> = packageRule(
  {
    id: 'package-bin',
    title: 'The package installs commands of its own',
    failure: 'The package installs a command that is not its own',
    severity: 'high',
    confidence: 'medium',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Do not install it globally, and look at what the command runs.',
    references: ['npm, package.json: bin', 'CWE-427'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string' ? contents : { name: contents.name, bins: contents.bins };
  },
  ({ name, bins }) =>
    bins.flatMap((bin): readonly Hit[] => {
      const at = { place: MANIFEST, evidence: `${bin.name}: ${bin.path}`.slice(0, 200) };
      if (COMMANDS.has(bin.name) && name !== bin.name) {
        // Its name says that it brings this very program.
        const isNamed = name.split(/[^a-z0-9]+/).includes(bin.name);
        const message = `it puts itself in the place of "${bin.name}"`;
        return [{ message, ...at, ...(isNamed ? { severity: 'low' as const } : {}) }];
      }
      if (/[/\\]|^\.\.?$/.test(bin.name)) return [{ message: 'the name of a command is a path', ...at }];
      if (bin.path.split(/[/\\]/).includes('..') || bin.path.startsWith('/'))
        return [{ message: 'a command runs a file outside of it', ...at }];
      return bin.isThere ? [] : [{ message: `"${bin.name}" runs a file that is not in it`, ...at, severity: 'low' }];
    }),
);
