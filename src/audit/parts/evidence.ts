import { gatherEvidence, type EvidencePlaces } from '../evidence/read-folder.ts';
import { gatherPart, type Part } from '../run.ts';

/**
 * Looks at the records of those who run a server.
 * @throws TypeError when there is no such folder.
 */
export async function gatherEvidencePart(places: EvidencePlaces): Promise<Part> {
  return gatherPart('evidence', await gatherEvidence(places));
}
