import { neutralise } from '../text/neutralise.ts';
import { LEXICON, type Concept } from './lexicon.ts';

/** A word of a text, in lower case, with what it may stand for. */
export interface Word {
  readonly text: string;
  readonly concepts: ReadonlySet<Concept>;
  /** Place in the folded text. */
  readonly at: number;
  /** Sentences are counted: a rule does not reach over their ends. */
  readonly sentence: number;
}

const NONE: ReadonlySet<Concept> = new Set();

/** Letters of other scripts that are read as Latin ones. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '\u0430': 'a',
  '\u0435': 'e',
  '\u0456': 'i',
  '\u043e': 'o',
  '\u0440': 'p',
  '\u0441': 'c',
  '\u0443': 'y',
  '\u0445': 'x',
  '\u0455': 's',
  '\u0501': 'd',
  '\u051b': 'q',
  '\u0458': 'j',
  '\u03bf': 'o',
  '\u03b1': 'a',
  '\u03b5': 'e',
  '\u03b9': 'i',
  '\u03bd': 'v',
  '\u0131': 'i',
};

/** What a model reads, whatever stands in the bytes: hidden characters gone, compatibility forms and look-alikes folded. */
export function foldText(text: string): string {
  const visible = neutralise(text).normalize('NFKD');
  return visible
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[\u0131\u03b1-\u03bf\u0430-\u0458\u0501\u051b]/g, (letter) => LOOKALIKES[letter] ?? letter)
    .replaceAll(/['\u2019`*~]/g, '')
    .replaceAll('_', ' ');
}

/** A run of single letters ("i g n o r e") is one word to a model. */
const SPACED = /\b(?:[a-z][ .-]){3,}[a-z]\b/g;
/** A full stop inside of a name, as in `.env`, ends no sentence. */
const TOKEN = /[\p{L}\p{N}]+|[!?;\n\u3002]|\.(?=\s|$)/gu;

/** The words of a folded text. */
export function wordsOf(folded: string): readonly Word[] {
  const joined = folded.replaceAll(SPACED, (run) => run.replaceAll(/[ .-]/g, ''));
  const words: Word[] = [];
  let sentence = 0;
  for (const { 0: text, index } of joined.matchAll(TOKEN)) {
    if (text.length === 1 && '.!?;\n\u3002'.includes(text)) sentence++;
    else words.push({ text, at: index, sentence, concepts: LEXICON.get(text) ?? NONE });
  }
  return words;
}
