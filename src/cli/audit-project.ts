import { lstat } from 'node:fs/promises';
import { gatherCodePart } from '../audit/parts/code.ts';
import { gatherFilesPart } from '../audit/parts/files.ts';
import type { Part } from '../audit/run.ts';

/** Looks at a file or a folder as whatever it is: configuration, code, or both. */
export async function gatherProject(path: string, known: { readonly osv?: string }): Promise<readonly Part[]> {
  const code = await gatherCodePart(path);
  const hasCode = code.files.length + code.unread.length > 0;
  if (hasCode && (await lstat(path)).isFile()) return [code];
  const files = await gatherFilesPart(path, known);
  const hasFiles = files.files.length + files.unread.length > 0;
  return [...(hasFiles || !hasCode ? [files] : []), ...(hasCode ? [code] : [])];
}
