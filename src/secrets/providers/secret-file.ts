import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Profile } from '../../pipeline/settings.ts';

/** A file of a secret, as it was when it was read. */
export interface SecretFile {
  readonly bytes: Buffer;
  /** Changes with the content or the file. */
  readonly version: string;
  readonly modifiedAt: number;
  /** What is wrong with its rights, in sentences; production refuses such a file. */
  readonly problems: readonly string[];
}

const MOST_BYTES = 64 * 1024;
const ATTEMPTS = 3;

/**
 * Reads a file of a secret. Links are followed, as Kubernetes publishes secrets by them; what was opened is judged: a regular
 * file of ours or of root, that others cannot read. The group may read what belongs to root and to a group of ours, as a
 * volume with `fsGroup` does.
 * @throws Error that says why it cannot be used.
 */
export async function readSecretFile(path: string, profile: Profile): Promise<SecretFile> {
  // Without O_NONBLOCK a named pipe would hold the start up for ever.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown): never => {
    throw new Error(`${path} cannot be opened${codeOf(error)}`, { cause: error });
  });
  for (let attempt = 1; ; attempt++) {
    const before = await file.stat();
    if (!before.isFile()) throw new Error(`${path} is no regular file`);
    if (before.size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes`);
    const problems = problemsOf(path, before);
    const [problem] = problems;
    if (problem !== undefined && profile === 'production') throw new Error(problem);
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes`);
    const after = await file.stat();
    // A file that is being rewritten in place may give half of a value.
    if (before.mtimeMs === after.mtimeMs && before.size === after.size && bytesRead === after.size) {
      return {
        bytes: bytes.subarray(0, bytesRead),
        version: `${after.ino}-${after.mtimeMs}`,
        modifiedAt: after.mtimeMs,
        problems,
      };
    }
    if (attempt === ATTEMPTS) throw new Error(`${path} keeps changing while it is read`);
  }
}

function problemsOf(path: string, facts: Stats): readonly string[] {
  const [user, groups] = [process.geteuid?.(), process.getgroups?.() ?? []];
  if (user === undefined) return [];
  const problems: string[] = [];
  if (facts.uid !== user && facts.uid !== 0) problems.push(`${path} belongs to another user`);
  const ofOurGroup = facts.uid === 0 && user !== 0 && groups.includes(facts.gid) && (facts.mode & 0o027) === 0;
  if ((facts.mode & 0o077) !== 0 && !ofOurGroup)
    problems.push(`${path} can be read by others: give it mode 0600, as chmod 600 does`);
  return problems;
}

/**
 * The text of a secret, without one line ending at its end: editors and `echo` add it.
 * @throws Error when it is no UTF-8 text.
 */
export function textOf(bytes: Uint8Array, where: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${where} is no UTF-8 text`);
  }
  return text.replace(/\r?\n$/, '');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
}
