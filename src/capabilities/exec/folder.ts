import { chmod, mkdtemp, open, realpath } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannedFile } from './arguments.ts';
import { ExecError } from './error.ts';
import { removeFolder } from './remove-folder.ts';

/** The folder of one run: nobody else can look into it, and it is gone when the call ends. */
export interface RunFolder {
  readonly path: string;
  /** Writes what the program is to read. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  /**
   * Reads what the program wrote.
   * @throws ExecError when it is no regular file, or larger than its bound.
   */
  read(planned: PlannedFile): Promise<Uint8Array | undefined>;
  remove(): Promise<void>;
}

/** Makes one. */
export async function createFolder(): Promise<RunFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'portcullis-exec-'));
  await chmod(path, 0o700);
  return {
    path,
    async write(file, bytes) {
      // Readable for the user that the sandbox runs as; the folder keeps everyone else away.
      const handle = await open(join(path, file), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o444);
      try {
        await handle.writeFile(bytes);
      } finally {
        await handle.close();
      }
    },
    read: (planned) => readOutput(path, planned),
    remove: () => removeFolder(path),
  };
}

async function readOutput(folder: string, { file, maxBytes, parameter }: PlannedFile): Promise<Uint8Array | undefined> {
  const refuse = (): never => {
    throw new ExecError('output-file', { parameter });
  };
  // INVARIANT: a link that the program left in the place of its output is not followed, and a pipe does not hold us up.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(folder, file), flags).catch((error: unknown) =>
    isCode(error, 'ENOENT') ? undefined : refuse(),
  );
  if (handle === undefined) return undefined;
  try {
    const facts = await handle.stat();
    // A second name would be of a file that stood elsewhere before.
    if (!facts.isFile() || facts.nlink !== 1) return refuse();
    if (facts.size > maxBytes) throw new ExecError('too-large', { parameter });
    const bytes = Buffer.alloc(facts.size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return new Uint8Array(bytes.buffer, bytes.byteOffset, at);
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
