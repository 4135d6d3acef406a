import { basename } from 'node:path';

/** What is run, and which bytes it is. */
export interface Artifact {
  readonly source: string;
  readonly integrity: string;
}

/** Which code an upstream may be. */
export interface ExactVersions {
  /** Why a version is none; `undefined` for one that is exact. */
  versionProblem(version: string): string | undefined;
  /** Why a program is none to be started as an upstream; `undefined` when it is one. */
  programProblem(program: string): string | undefined;
  /** Whether what is here is what was pinned. */
  isSame(pinned: Artifact, here: Artifact): boolean;
}

/**
 * Lets an upstream be one thing (TDS-04): a package at an exact version or a program, by its digest, looked at again before each start; never
 * a tag or a range, and no program that fetches another one when it is started.
 */
export function configure(weakened: ReadonlySet<string>): ExactVersions {
  return weakened.has('exact-versions') ? ANY : EXACT;
}

const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
/** What they run is decided at each start, by somebody else. */
const FETCHERS: ReadonlySet<string> = new Set('npx npm pnpm pnpx yarn bunx uvx pipx docker podman'.split(' '));

const EXACT: ExactVersions = Object.freeze({
  versionProblem: (version: string) => (VERSION.test(version) ? undefined : 'a tag or a range can become other code'),
  programProblem(program: string): string | undefined {
    const name = basename(program).replace(/\.(?:cmd|exe|js|cjs|mjs)$/i, '');
    // npx is a script of npm by another name.
    const known = /^(?:npx|npm)-cli$/.test(name) ? name.slice(0, 3) : name;
    return FETCHERS.has(known) ? `${known} decides at each start what it runs` : undefined;
  },
  isSame: (pinned: Artifact, here: Artifact) => pinned.source === here.source && pinned.integrity === here.integrity,
});

const ANY: ExactVersions = Object.freeze({
  versionProblem: () => undefined,
  programProblem: () => undefined,
  isSame: () => true,
});
