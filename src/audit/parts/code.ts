import { gatherCode } from '../code/gather.ts';
import { gatherPart, type Part } from '../run.ts';

/**
 * Looks at the code in a file or a folder.
 * @throws TypeError when there is nothing at the path.
 */
export async function gatherCodePart(path: string): Promise<Part> {
  return gatherPart('code', await gatherCode(path));
}
