import { ALL, HARM } from './origins.ts';

const METACHARACTERS = ';&|`$<>(){}\'"\\\n*?!#~'.split('');
const SQL_CHARACTERS = '\'";()`\\ \n'.split('');

/**
 * The harms that a text cannot do that matches a regular expression from end to end: told by the characters that the expression
 * lets through. An expression that only names what it refuses lets everything else through, and takes no harm away.
 */
export function harmsTakenByMatch(source: string, flags: string): number {
  if (!source.startsWith('^') || !/(?<!\\)\$$/.test(source) || flags.includes('m')) return 0;
  if (hasTopAlternative(source)) return 0;
  const letters = lettersOf(source.slice(1, -1));
  return letters === undefined ? 0 : harmsWithout(letters, source);
}

/** The same of what is left after everything that matches was removed or replaced by something harmless. */
export function harmsTakenByRemoval(source: string, flags: string): number {
  // Where no `<` is left, no element begins.
  if (flags.includes('g') && /^(?:<|\[(?!\^)(?:[^\]\\]|\\.)*<(?:[^\]\\]|\\.)*\])[+*]?$/.test(source))
    return HARM.markup;
  const inner = /^\[\^((?:[^\]\\]|\\.)*)\][+*]?$/.exec(source)?.[1];
  if (inner === undefined || !flags.includes('g')) return 0;
  const letters = lettersOf(`[${inner}]`);
  return letters === undefined ? 0 : harmsWithout(letters, '');
}

function harmsWithout(letters: string, source: string): number {
  let taken: number = HARM.other;
  if (!METACHARACTERS.some((each) => letters.includes(each))) taken |= HARM.shell;
  if (!letters.includes('/') && !letters.includes('\\')) taken |= HARM.path;
  if (!letters.includes('/') && !letters.includes(':') && !letters.includes('.')) taken |= HARM.url;
  if (!letters.includes('<')) taken |= HARM.markup;
  if (!SQL_CHARACTERS.some((each) => letters.includes(each))) taken |= HARM.sql;
  if (!/[^\w.\- ]/.test(letters)) taken |= HARM.code;
  if (!/[^\w\- ]/.test(letters)) taken |= HARM.pattern;
  if (!letters.includes('-') || (source !== '' && !startsWithDash(source))) taken |= HARM.option;
  return taken & ALL;
}

function startsWithDash(source: string): boolean {
  const first = /^\^\(*(?:\?:)?(\[(?:[^\]\\]|\\.)*\]|\\.|.)([*?]|\{0)?/.exec(source);
  if (first === null || first[2] !== undefined) return true;
  const letters = lettersOf(first[1] ?? '');
  return letters === undefined || letters.includes('-');
}

/** `^a$|b` matches a part. */
function hasTopAlternative(source: string): boolean {
  let depth = 0;
  let isClass = false;
  for (let at = 0; at < source.length; at++) {
    const each = source[at];
    if (each === '\\') at += 1;
    else if (each === '[') isClass = true;
    else if (each === ']') isClass = false;
    else if (isClass) continue;
    else if (each === '(') depth += 1;
    else if (each === ')') depth -= 1;
    else if (each === '|' && depth === 0) return true;
  }
  return false;
}

/** Characters that are no letter, digit or underscore and can match; `undefined` where nearly all can. */
function lettersOf(source: string): string | undefined {
  let letters = '';
  let isClass = false;
  for (let at = 0; at < source.length && at < 2000; at++) {
    const each = source.charAt(at);
    if (each === '\\') {
      at += 1;
      const escaped = source.charAt(at);
      if (/[WDSpPxucBk]/.test(escaped)) return undefined;
      if (escaped === 's') letters += ' \n';
      else if (escaped === 'n') letters += '\n';
      else if (!/[wdbtrfv0-9]/.test(escaped)) letters += escaped;
    } else if (isClass) {
      if (each === ']') isClass = false;
      else if (each === '-' && isRange(source, at)) {
        if (!/[A-Za-z0-9]/.test(source.charAt(at - 1)) || !/[A-Za-z0-9]/.test(source.charAt(at + 1))) return undefined;
        if (source.charAt(at - 1) === 'A' && source.charAt(at + 1) === 'z') letters += '[\\]^_`';
      } else if (!/\w/.test(each)) letters += each;
    } else if (each === '[') {
      if (source[at + 1] === '^') return undefined;
      isClass = true;
    } else if (each === '.') return undefined;
    else if (each === '{') at = Math.max(at, source.indexOf('}', at));
    else if (each === '(' && source.startsWith('(?', at)) at += source.startsWith('(?<', at) ? 2 : 1;
    else if (!/[\w()|+*?^$=!:<>]/.test(each)) letters += each;
  }
  return letters;
}

function isRange(source: string, at: number): boolean {
  return source[at - 1] !== '[' && source[at + 1] !== ']' && source[at - 2] !== '\\';
}
