import type { AuditRule } from '../../model.ts';
import { isAside } from '../../dependency-places.ts';
import { placeIn } from '../../file-rule.ts';
import type { FilesSubject } from '../../gather/parts.ts';

interface Scripted {
  readonly looked: number;
  /** Whether npm is told to run none. */
  readonly isOff: boolean;
  readonly locks: readonly { readonly file: string; readonly line: number; readonly names: readonly string[] }[];
}

/** See `meta`. */
export const rule: AuditRule<FilesSubject, Scripted> = {
  kind: 'files',
  meta: {
    id: 'install-scripts',
    title: 'No dependency runs a program when it is installed',
    failure: 'Dependencies run programs when they are installed',
    severity: 'low',
    confidence: 'high',
    controls: ['SUP-01'],
    method: 'static',
    remedy:
      'Set ignore-scripts=true in .npmrc and install with npm ci --ignore-scripts; run by hand what one of them really needs.',
    references: ['OWASP NPM Security Cheat Sheet, section 3', 'OWASP MCP Top 10 MCP04'],
  },
  gather({ locks, credentials }) {
    // Only these say of each package whether it does.
    const telling = locks.filter(({ file, format }) => (format === 'npm' || format === 'pnpm') && !isAside(file));
    if (telling.length === 0) return undefined;
    return {
      looked: telling.length,
      isOff: credentials.some(({ settings }) =>
        settings.some(({ value }) => /^ignore-scripts\s*=\s*true$/.test(value)),
      ),
      locks: telling.flatMap(({ file, packages }) => {
        const own = packages.filter(({ runsScript }) => runsScript);
        const [first] = own;
        return first === undefined
          ? []
          : [{ file, line: first.line, names: [...new Set(own.map(({ name, version }) => `${name}@${version}`))] }];
      }),
    };
  },
  judge({ looked, isOff, locks }) {
    if (isOff) return { status: 'pass', why: 'npm is told to run no scripts', hits: [] };
    if (locks.length === 0) return { status: 'pass', why: `${looked} lockfiles name no scripts`, hits: [] };
    const hits = locks.map(({ file, line, names }) => ({
      message: `${names.length} of its packages run a program when they are installed: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`,
      place: placeIn(file, { line, column: 1 }),
    }));
    return { status: 'fail', why: `${hits.length} lockfiles have packages with scripts`, hits };
  },
};
