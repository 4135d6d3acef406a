import { constants, closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { analyse } from './analyse.ts';
import type { CodeSubject, SecretFact, SettingFact } from './facts.ts';
import type { Module } from './ir.ts';
import { LANGUAGES } from './languages.ts';
import { MOST } from './list.ts';
import { secretsOf } from './secrets.ts';
import { settingsOf } from './settings.ts';

/*
 * Reads and runs the code of a target in a process of its own: a parser that runs out of stack takes the process with it. The last
 * file that it says it reads is the one it fell over.
 */

const [RESULT, PROGRESS] = [1, 3];

function say(line: string): void {
  writeSync(PROGRESS, `${line}\n`);
}

function readBounded(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new TypeError('it is no file');
    if (stat.size > MOST.bytes) throw new TypeError(`it has ${stat.size} bytes, and ${MOST.bytes} are read at most`);
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } finally {
    closeSync(file);
  }
}

function readAll(
  root: string,
  files: readonly string[],
): Pick<CodeSubject, 'unread' | 'secrets' | 'settings'> & { modules: readonly Module[] } {
  const modules: Module[] = [];
  const secrets: SecretFact[] = [];
  const settings: SettingFact[] = [];
  const unread: { file: string; why: string }[] = [];
  let bytes = 0;
  for (const file of files) {
    const frontEnd = LANGUAGES.find(({ frontEnd: each }) => each.accepts(file))?.frontEnd;
    if (frontEnd === undefined) continue;
    try {
      if (bytes > MOST.all) throw new TypeError('there is more code than is read');
      const source = readBounded(join(root, file));
      bytes += source.length;
      say(file);
      const module = frontEnd.read(file, source);
      secrets.push(...secretsOf(module));
      settings.push(...settingsOf(module));
      modules.push(module);
    } catch (error) {
      const why = error instanceof RangeError ? 'it is nested too deeply' : error instanceof Error ? error.message : '';
      unread.push({ file, why: why.slice(0, 200) });
    }
  }
  say('');
  return { modules, secrets, settings, unread };
}

const { root, files } = JSON.parse(await text(process.stdin)) as {
  readonly root: string;
  readonly files: readonly string[];
};
for (const { frontEnd } of LANGUAGES) if (files.some((file) => frontEnd.accepts(file))) await frontEnd.prepare?.();
const { modules, secrets, settings, unread } = readAll(root, files);
const seen = analyse(modules, LANGUAGES);
const subject: CodeSubject = {
  ...seen,
  secrets,
  settings,
  files: modules.map(({ file }) => file),
  unread: [...unread, ...seen.unread],
};
const answer = Buffer.from(JSON.stringify(subject));
for (let at = 0; at < answer.length; ) at += writeSync(RESULT, answer, at);
