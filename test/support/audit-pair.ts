import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Finding } from '../../src/audit/model.ts';
import { gatherCodePart } from '../../src/audit/parts/code.ts';
import { gatherFilesPart } from '../../src/audit/parts/files.ts';
import { gatherLivePart } from '../../src/audit/parts/live.ts';
import { createRun, judgeRun } from '../../src/audit/run.ts';
import type { AdvisoryPair } from './advisory-pairs.ts';

const FACTS = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };

/** What has to be able to read a pair. */
export type Reader = 'javascript' | 'python' | 'configuration' | 'live';

/** What reads a pair. */
export function readerOf({ mode, language }: Pick<AdvisoryPair, 'mode' | 'language'>): Reader {
  if (mode === 'live') return 'live';
  if (mode === 'config') return 'configuration';
  return language === 'python' ? 'python' : 'javascript';
}

/** What is found in a folder that is looked at as code and as configuration. */
export async function auditFolder(folder: string): Promise<readonly Finding[]> {
  return judgeRun(createRun(FACTS, [await gatherFilesPart(folder), await gatherCodePart(folder)])).findings;
}

/** What is found in one side of a pair: its folder, or the server in it, which is started and ended. */
export async function auditSide(pair: AdvisoryPair, folder: string): Promise<readonly Finding[]> {
  if (pair.mode !== 'live') return auditFolder(folder);
  const child = spawn(process.execPath, [join(folder, 'serve.ts')], { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
  try {
    const url = await firstLine(child.stdout, once(child, 'exit'));
    const options = pair.token === undefined ? {} : { tokens: { user: pair.token } };
    return judgeRun(createRun(FACTS, [await gatherLivePart(url, options)])).findings;
  } finally {
    child.kill('SIGKILL');
  }
}

async function firstLine(stream: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<string> {
  const line = once(createInterface(stream), 'line').then(([text]) => String(text));
  const gone = ended.then(() => {
    throw new Error('the server ended before it said where it is');
  });
  // Where the line comes first, the server ends later, and nobody waits for it any more.
  gone.catch(() => undefined);
  return Promise.race([line, gone]);
}
