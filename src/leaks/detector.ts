import { RE2JS } from 're2js';
import type { LeakClass } from '../pipeline/leaks.ts';

/** Something that was found in a text: UTF-16 positions. */
export interface Leak {
  readonly start: number;
  readonly end: number;
  readonly kind: LeakClass;
  /** What it is, in words for the operator. */
  readonly name: string;
}

/** Finds one kind of thing. */
export interface Detector {
  readonly kind: LeakClass;
  readonly name: string;
  /** Without it in a text there is nothing to look for: a literal, or an expression of fixed length. */
  readonly trigger: string | RegExp;
  find(text: string): readonly Leak[];
}

const WORD = /[A-Za-z0-9]/;

/** What a check says of a match: whether it counts, or the part of it that does, from and to. */
export type Check = (match: string) => boolean | readonly [number, number];

/**
 * Makes a detector. The pattern runs in linear time whatever the text. What it finds does not begin or end inside of a
 * word or number.
 */
export function detector(
  kind: LeakClass,
  name: string,
  trigger: string | RegExp,
  pattern: string,
  check: Check = () => true,
): Detector {
  const compiled = RE2JS.compile(pattern);
  // INVARIANT: patterns of personal data have a greatest length, so that to begin anew behind each start stays linear.
  const isBounded = kind !== 'credentials';
  return Object.freeze({
    kind,
    name,
    trigger,
    find(text: string): readonly Leak[] {
      if (typeof trigger === 'string' ? !text.includes(trigger) : !trigger.test(text)) return [];
      const found: Leak[] = [];
      const matcher = compiled.matcher(text);
      for (let from = 0; from <= text.length && matcher.find(from); ) {
        const [start, end] = [matcher.start(), matcher.end()];
        const part = isWhole(text, start, end) && check(text.slice(start, end));
        if (part === false) {
          from = isBounded ? nextWord(text, start) : end;
          continue;
        }
        const [first, last] = part === true ? [start, end] : [start + part[0], start + part[1]];
        found.push({ start: first, end: last, kind, name });
        from = last;
      }
      return found;
    },
  });
}

/** Where what could be found next begins: nothing begins inside of a word. */
function nextWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && WORD.test(text.charAt(at))) at += 1;
  return Math.max(at, start + 1);
}

/** Whether a match is no part of a longer word; what ends in another character ends where the pattern says. */
function isWhole(text: string, start: number, end: number): boolean {
  const cut = (at: number) => at > 0 && WORD.test(text.charAt(at - 1)) && WORD.test(text.charAt(at));
  return !cut(start) && !cut(end);
}
