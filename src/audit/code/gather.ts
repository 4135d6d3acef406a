import { spawn } from 'node:child_process';
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CodeSubject } from './facts.ts';
import { LANGUAGES } from './languages.ts';
import { listCode, type Listing } from './list.ts';

const WORKER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));
/** Megabytes of the worker, milliseconds for each of its runs, characters of its answer, and files it may fall over. */
const MOST = { memory: 384, time: 60_000, answer: 64 * 1024 * 1024, falls: 5 };
const NOTHING: CodeSubject = {
  handlers: [],
  flows: [],
  calls: [],
  secrets: [],
  patterns: [],
  settings: [],
  files: [],
  unread: [],
};

/**
 * Reads the code in a file or a folder. Nothing of it is executed and no link is followed; what cannot be read or followed is told.
 * @throws TypeError when there is nothing at the path.
 */
export async function gatherCode(path: string): Promise<CodeSubject> {
  const root = await realpath(path).catch(() => undefined);
  if (root === undefined) throw new TypeError(`There is nothing at ${path}.`);
  const accepts = (file: string): boolean => LANGUAGES.some(({ frontEnd }) => frontEnd.accepts(file));
  const isFile = (await lstat(root)).isFile();
  const listing: Listing = isFile
    ? { files: [basename(root)].filter(accepts), unread: [] }
    : await listCode(root, accepts);
  const found = await readAll(isFile ? dirname(root) : root, listing.files);
  return { ...found, unread: [...listing.unread, ...found.unread] };
}

async function readAll(root: string, files: readonly string[]): Promise<CodeSubject> {
  const fallen: { file: string; why: string }[] = [];
  let rest = files;
  while (rest.length > 0) {
    const { subject, last, why } = await runWorker(root, rest);
    if (subject !== undefined) return { ...subject, unread: [...fallen, ...subject.unread] };
    // It fell over one file, or over what all of them come to.
    if (last === '' || fallen.length >= MOST.falls)
      return { ...NOTHING, unread: [...fallen, { file: last || '.', why }] };
    fallen.push({ file: last, why });
    rest = rest.filter((file) => file !== last);
  }
  return { ...NOTHING, unread: fallen };
}

interface Outcome {
  readonly subject?: CodeSubject;
  /** What was read when it ended; empty when everything had been. */
  readonly last: string;
  readonly why: string;
}

function runWorker(root: string, files: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`--max-old-space-size=${MOST.memory}`, WORKER], {
      stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
      env: {},
    });
    let [answer, last, pending] = ['', '', ''];
    let why = 'it is nested too deeply, or too large, to read';
    const timer = setTimeout(() => {
      why = 'reading it takes too long';
      child.kill('SIGKILL');
    }, MOST.time);
    const [input, output, , progress] = child.stdio as unknown as [Writable, Readable, null, Readable];
    output.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.length > MOST.answer) child.kill('SIGKILL');
    });
    progress.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      pending = lines.pop() ?? '';
      last = lines.at(-1) ?? last;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? { subject: JSON.parse(answer) as CodeSubject, last, why } : { last, why });
    });
    // It may have ended before it has read what it is to do.
    input.on('error', () => undefined);
    input.end(JSON.stringify({ root, files }));
  });
}
