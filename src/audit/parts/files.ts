import { gatherFiles, type FilesOptions } from '../gather/files.ts';
import { gatherPart, type Part } from '../run.ts';

/**
 * Looks at the configuration in a file or a folder.
 * @throws TypeError when there is nothing at the path.
 */
export async function gatherFilesPart(path: string, options: FilesOptions = {}): Promise<Part> {
  return gatherPart('files', await gatherFiles(path, options));
}
