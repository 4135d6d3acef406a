import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatherFiles, type FilesOptions } from '../gather/files.ts';
import type { FilesSubject } from '../gather/parts.ts';
import { unpack } from '../package/archive.ts';
import { readContents } from '../package/contents.ts';
import { fetchPackage, integrityOf, readArchive, type Fetched, type NpmOptions } from '../package/registry.ts';
import type { PackageSubject } from '../package/subject.ts';
import { gatherPart, type Part } from '../run.ts';
import { gatherCodePart } from './code.ts';

/** How a package is fetched, and what is known beside it. */
export interface PackageOptions extends NpmOptions, FilesOptions {}

/** Looks at the unpacked files of a package as another kind of subject. */
type Look = (folder: string, options: PackageOptions) => Promise<Part>;
const LOOKS: readonly Look[] = [lookAtFiles, (folder) => gatherCodePart(folder)];

/**
 * Fetches a published package, unpacks it into a folder of its own, and looks at it: as a package, and at what lies in it. Nothing
 * of it is executed, and the folder is gone afterwards.
 * @param spec `name@1.2.3`, or the path of a `.tgz`.
 * @throws Error where it cannot be had.
 */
export async function gatherPackageParts(spec: string, options: PackageOptions = {}): Promise<readonly Part[]> {
  const fetched: Partial<Fetched> & Pick<Fetched, 'archive'> = spec.endsWith('.tgz')
    ? { archive: await readArchive(spec) }
    : await fetchPackage(spec, options);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'portcullis-unpacked-')));
  try {
    const subject = await subjectOf(spec, fetched, folder, options);
    const parts = [await gatherPart('package', subject)];
    for (const look of LOOKS) parts.push(await look(folder, options));
    return parts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function subjectOf(
  spec: string,
  { archive, facts }: Partial<Fetched> & Pick<Fetched, 'archive'>,
  folder: string,
  { now = Date.now() }: PackageOptions,
): Promise<PackageSubject> {
  const { files, faults, isWhole } = await unpack(archive, folder);
  const contents = await readContents(folder, files).catch((error: unknown) => {
    if (error instanceof TypeError) return error.message;
    throw error;
  });
  const digest = facts?.integrity === undefined ? undefined : integrityOf(archive, facts.integrity);
  return {
    spec,
    faults,
    ...(typeof contents === 'string' ? {} : { contents }),
    ...(facts === undefined ? {} : { facts }),
    ...(digest === undefined ? {} : { integrity: digest }),
    now,
    files,
    unread: [
      ...(isWhole ? [] : [{ file: spec, why: 'its archive could not be read to the end' }]),
      ...(typeof contents === 'string' ? [{ file: 'package.json', why: contents }] : []),
    ],
  };
}

/** How it was built and tested is no part of what is installed: of lockfiles npm heeds the one that is published alone. */
async function lookAtFiles(folder: string, options: PackageOptions): Promise<Part> {
  const subject = await gatherFiles(folder, options);
  const locks = subject.locks.filter(({ file }) => file === 'npm-shrinkwrap.json');
  const own: FilesSubject = { ...subject, manifests: [], pipelines: [], locks };
  return gatherPart('files', own);
}
