import { existsSync } from 'node:fs';
import { gatherPackageParts } from '../audit/parts/package.ts';
import type { Part } from '../audit/run.ts';
import { Mistake } from './mistake.ts';

const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const EXACT = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * Whether a target is a published package, when nothing lies at its path.
 * @throws Mistake where it is one at no exact version.
 */
export function isPackageTarget(target: string): boolean {
  const cut = target.indexOf('@', 1);
  const [name, version] = cut === -1 ? [target, undefined] : [target.slice(0, cut), target.slice(cut + 1)];
  if (!NAME.test(name) || version === undefined) return false;
  if (EXACT.test(version)) return true;
  throw new Mistake(
    `${target} can be another thing tomorrow. Write the exact version, such as ${name}@1.2.3; npm view ${name} version tells the newest.`,
  );
}

/** Whether an existing path is the archive of a package. */
export function isArchive(path: string): boolean {
  return path.endsWith('.tgz');
}

/**
 * The folder of known vulnerabilities, where one was given.
 * @throws Mistake where it is not there.
 */
export function osvOf(osv: string | undefined): { readonly osv?: string } {
  if (osv === undefined) return {};
  if (existsSync(osv)) return { osv };
  throw new Mistake(
    `there is no folder ${osv} of known vulnerabilities. Unpack one there, such as the records of OSV for npm.`,
  );
}

/**
 * Fetches and looks at a package.
 * @throws Mistake where it cannot be had.
 */
export async function gatherPackage(target: string, known: { readonly osv?: string }): Promise<readonly Part[]> {
  try {
    return await gatherPackageParts(target, known);
  } catch (error) {
    throw new Mistake(
      `${target} cannot be looked at: ${error instanceof Error ? error.message : 'it cannot be fetched'}.`,
    );
  }
}
