import { existsSync, readFileSync } from 'node:fs';

const CORPUS = ['command-exec.txt', 'command-exec-unix.txt'].map(
  (name) => new URL(`../../../shared/corpora/payloads/${name}`, import.meta.url),
);

/** Whether the lists of others are here. */
export const hasCorpus: boolean = CORPUS.every((file) => existsSync(file));

/** The payloads of the lists, one a line, each also as its escapes would have it. */
export function corpusPayloads(): readonly string[] {
  const lines = CORPUS.flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []));
  const whole = lines.filter((line) => line !== '');
  const decoded = whole.flatMap((line) => [percentDecoded(line), line.replaceAll('\\n', '\n').replaceAll('\\"', '"')]);
  return [...new Set([...whole, ...decoded])].filter((line) => line !== '');
}

function percentDecoded(line: string): string {
  try {
    return decodeURIComponent(line);
  } catch {
    return line;
  }
}

const COMMANDS = ['/usr/bin/touch canary.txt', 'echo canary$((6*7))'];
const FRAMES = [
  ';@',
  '; @',
  ';@;',
  '|@',
  'x|@',
  '||@',
  '&@',
  'x&@&',
  '&&@',
  '$(@)',
  '`@`',
  '"$(@)"',
  "'; @; '",
  '"; @; "',
  "';@;#",
  '";@;#',
  '\n@\n',
  '\r\n@',
  'x\n@',
  '<(@)',
  '>(@)',
  '${IFS};@',
  '$(@)#',
  '{@,}',
  'x$(@)y',
  '\\$(@)',
  '\\`@\\`',
  '$((`@`))',
  '() { :;}; @',
  '%0a@',
  '\0;@',
  '\u2028;@',
  '!@',
];

/** Commands in every notation that a shell has for them. */
export function shellPayloads(): readonly string[] {
  return FRAMES.flatMap((frame) => COMMANDS.map((command) => frame.replace('@', command)));
}

const LEADS = [
  '-',
  '--',
  '+',
  '@',
  '\u2013',
  '\u2014',
  '\u2212',
  '\u00ad',
  '\uff0d',
  '\ufe63',
  '\uff0b',
  '\uff20',
  '|',
];
const OPTIONS = [
  'version',
  'help',
  'oProxyCommand=touch canary.txt',
  'to-command=touch canary.txt',
  'checkpoint-action=exec=touch canary.txt',
  'upload-pack=touch canary.txt',
  'use-compress-program=touch canary.txt',
  'exec=touch canary.txt',
  'o canary.txt',
  'output=canary.txt',
  'rf',
  'e',
  '/etc/passwd',
  '',
];

/** Words that a program would take for options, response files or pipes. */
export function optionPayloads(): readonly string[] {
  return LEADS.flatMap((lead) => OPTIONS.map((option) => `${lead}${option}`));
}
