import type { AuditRule } from '../../model.ts';
import { isAside } from '../../dependency-places.ts';
import { placeIn } from '../../file-rule.ts';
import type { FilesSubject } from '../../gather/parts.ts';

interface Unlocked {
  readonly looked: number;
  /** Whether nothing of the project lies above. */
  readonly isWhole: boolean;
  readonly open: readonly {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly count: number;
  }[];
}

/** See `meta`. */
export const rule: AuditRule<FilesSubject, Unlocked> = {
  kind: 'files',
  meta: {
    id: 'lockfile-missing',
    title: 'What a project needs is locked',
    failure: 'A project takes whatever versions are newest',
    severity: 'medium',
    confidence: 'medium',
    controls: ['SUP-01'],
    method: 'static',
    remedy: 'Keep the lockfile beside the manifest, and install from it: npm ci, uv sync --locked.',
    references: ['OWASP Secure MCP Server Development, section 8', 'OWASP NPM Security Cheat Sheet'],
  },
  gather({ manifests, locks, isRepository }) {
    const own = manifests.filter(
      ({ file, dependencies }) =>
        !isAside(file) && dependencies.some(({ isOfRuntime, from }) => isOfRuntime && from !== 'folder'),
    );
    if (own.length === 0) return undefined;
    const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1);
    const open = own.filter(
      ({ file, ecosystem }) =>
        // A list of requirements that names each version is a lock as well.
        !locks.some(
          (lock) =>
            lock.ecosystem === ecosystem &&
            folderOf(file).startsWith(folderOf(lock.file)) &&
            (lock.format !== 'requirements' || lock.packages.every(({ isExact }) => isExact)),
        ),
    );
    return {
      looked: own.length,
      isWhole: isRepository,
      open: open.map(({ file, dependencies }) => ({
        file,
        line: dependencies[0]?.line ?? 1,
        column: 1,
        count: dependencies.filter(({ isOfRuntime }) => isOfRuntime).length,
      })),
    };
  },
  judge({ looked, isWhole, open }) {
    const hits = open.map((each) => ({
      message: `${each.count} dependencies have no lockfile, here or in a folder above`,
      place: placeIn(each.file, each),
      // It may lie above the target, where nothing is looked for.
      ...(isWhole ? {} : { severity: 'low' as const, confidence: 'low' as const }),
    }));
    if (hits.length === 0) return { status: 'pass', why: `${looked} manifests have a lockfile`, hits };
    return { status: 'fail', why: `${hits.length} of ${looked} manifests have no lockfile`, hits };
  },
};
