import { isAside } from '../../dependency-places.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { Lockfile } from '../../gather/dependencies/locked.ts';

/** See `meta`. */
export const rule: FileRule<Lockfile> = fileRule(
  {
    id: 'lockfile-integrity',
    title: 'Lockfiles have a digest of each package',
    failure: 'A lockfile lets packages be replaced',
    severity: 'medium',
    confidence: 'high',
    controls: ['SUP-01'],
    method: 'static',
    remedy:
      'Write the lockfile anew from an empty cache, with a registry that tells digests. Python: pip-compile --generate-hashes, or uv.',
    references: ['npm, package-lock.json', 'pip, Secure installs', 'OWASP NPM Security Cheat Sheet'],
  },
  ({ locks }) => locks.filter(({ file, packages }) => packages.length > 0 && !isAside(file)),
  ({ file, format, packages }) => {
    const open = packages.filter(({ from, hasIntegrity }) => from === 'registry' && !hasIntegrity);
    const [first] = open;
    if (first === undefined) return [];
    const names = open.slice(0, 5).map(({ name }) => name);
    return [
      {
        message: `${open.length} of ${packages.length} packages have no digest: ${names.join(', ')}${open.length > 5 ? ', ...' : ''}`,
        place: placeIn(file, { line: first.line, column: 1 }),
        // Hardly any list of requirements has them, and npm leaves out those of other systems.
        ...(format === 'requirements' || open.every(({ isOptional }) => isOptional)
          ? { severity: 'low' as const }
          : {}),
      },
    ];
  },
);
