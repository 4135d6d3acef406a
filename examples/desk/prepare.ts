import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePdf } from './stand-in/pdf.ts';

/** What stands in a customer's attachment. */
const INVOICE = ['Invoice 77', 'One kettle, 49.00', 'Thank you.'];

/** Where the desk keeps things. */
export interface DeskFolder {
  readonly attachments: string;
  /** File of the key of the order system, and what is in it. */
  readonly keyFile: string;
  readonly key: string;
}

/** Puts an attachment and a key for the order system into a folder. */
export async function prepareFolder(folder: string): Promise<DeskFolder> {
  const attachments = join(folder, 'attachments');
  await mkdir(join(attachments, 'tic-1'), { recursive: true, mode: 0o700 });
  await writeFile(join(attachments, 'tic-1', 'invoice.pdf'), writePdf(INVOICE));
  const key = randomBytes(24).toString('base64url');
  const keyFile = join(folder, 'orders.key');
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
  return { attachments, keyFile, key };
}
