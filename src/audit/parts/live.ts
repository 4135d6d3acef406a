import { createHttpSubject, type LiveOptions } from '../live/http-subject.ts';
import { gatherPart, type Part } from '../run.ts';

/**
 * Attacks a running server over HTTP, harmlessly unless told otherwise, within bounds of count, bytes and time.
 * @param target URL of its endpoint.
 * @throws TypeError when it is no http or https URL, or carries credentials.
 */
export async function gatherLivePart(target: string, options: LiveOptions = {}): Promise<Part> {
  const url = URL.parse(target);
  if (url === null) throw new TypeError(`${target} is no URL`);
  const subject = await createHttpSubject(url, options);
  try {
    return await gatherPart('live', subject);
  } finally {
    await subject.close();
  }
}
