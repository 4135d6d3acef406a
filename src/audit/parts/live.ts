import type { SandboxSupport } from '../../sandbox/support.ts';
import { createHttpSubject, type LiveOptions } from '../live/http-subject.ts';
import { createLaunchedSubject } from '../launch/launched-subject.ts';
import type { LaunchCommand } from '../launch/server-process.ts';
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

/**
 * Launches a server over standard input and output and attacks it, within the same bounds.
 * @param support Without its tools, the server runs without a sandbox.
 */
export async function gatherLaunchedPart(
  support: SandboxSupport,
  command: LaunchCommand,
  options: LiveOptions = {},
): Promise<Part> {
  const subject = await createLaunchedSubject(support, command, options);
  try {
    return await gatherPart('live', subject);
  } finally {
    await subject.close();
  }
}
