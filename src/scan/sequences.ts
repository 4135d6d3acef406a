import type { Concept } from './lexicon.ts';
import type { ScanRule } from './finding.ts';
import type { Word } from './words.ts';

/** Concepts that follow one another within so many words of one sentence. */
export interface Sequence extends ScanRule {
  readonly concepts: readonly Concept[];
  /** Words from the first to the last. */
  readonly within: number;
}

const rule =
  (id: string, severity: ScanRule['severity'], why: string) =>
  (within: number, ...concepts: readonly Concept[]): Sequence =>
    Object.freeze({ id, severity, why, within, concepts });

const override = rule('override', 'high', 'It tells the model to set aside what it was told before.');
const secrecy = rule('secrecy', 'high', 'It tells the model to keep something from the person.');
const persona = rule('persona', 'high', 'It gives the model another role or lifts its restrictions.');
const steering = rule('tool-steering', 'high', 'It says when or how other tools are to be used.');
const bait = rule('credential-bait', 'high', 'It asks for credentials or private context in an argument.');
const exfiltration = rule('exfiltration', 'high', 'It has data sent to somewhere else.');
const consent = rule('consent-bypass', 'high', 'It has the model act without the consent of a person.');
const around = rule('safety-bypass', 'medium', 'It gets around a safety check: options of honest programs do, too.');
const leak = rule('prompt-leak', 'high', "It asks for the model's own instructions.");
const delegated = rule('delegated-instructions', 'medium', 'It has the model obey text that comes from elsewhere.');
const encoded = rule('encoded-instructions', 'high', 'It has the model decode a text and act on it.');

/** The sequences that are looked for. */
export const SEQUENCES: readonly Sequence[] = Object.freeze([
  override(5, 'override', 'prior', 'rules'),
  override(6, 'override', 'every', 'prior', 'rules'),
  override(5, 'override', 'every', 'rules'),
  override(7, 'not', 'follow', 'prior', 'rules'),
  override(6, 'bypass', 'safety', 'rules'),
  override(4, 'disarm', 'safety', 'safety'),
  around(4, 'bypass', 'safety', 'safety'),
  secrecy(7, 'not', 'tell', 'person'),
  secrecy(8, 'not', 'tell', 'hidden'),
  secrecy(6, 'without', 'tell', 'person'),
  secrecy(6, 'keep', 'hidden', 'person'),
  secrecy(5, 'keep', 'rules', 'hidden'),
  secrecy(7, 'must', 'not', 'tell', 'person'),
  persona(5, 'you', 'be', 'now', 'unbound'),
  persona(5, 'be', 'unbound', 'mode'),
  persona(6, 'you', 'be', 'unbound'),
  persona(6, 'be', 'unbound', 'person'),
  persona(5, 'be', 'now', 'unbound'),
  steering(9, 'must', 'use', 'order', 'other', 'tool'),
  steering(9, 'order', 'use', 'other', 'tool', 'must'),
  steering(12, 'order', 'use', 'other', 'tool', 'take', 'credential'),
  bait(8, 'take', 'credential', 'send'),
  bait(9, 'take', 'credential', 'into', 'place'),
  bait(9, 'send', 'credential', 'into', 'place'),
  bait(9, 'send', 'credential', 'outward'),
  bait(9, 'take', 'private', 'into', 'place'),
  bait(10, 'must', 'take', 'credential', 'place'),
  exfiltration(8, 'must', 'send', 'private', 'outward'),
  exfiltration(10, 'must', 'send', 'outward', 'credential'),
  exfiltration(10, 'take', 'private', 'send', 'outward'),
  exfiltration(7, 'secretly', 'send', 'private'),
  consent(5, 'without', 'ask', 'person'),
  consent(4, 'without', 'person', 'approval'),
  consent(5, 'not', 'ask', 'approval'),
  consent(4, 'bypass', 'approval'),
  leak(5, 'reveal', 'you', 'prior', 'prompt'),
  leak(3, 'reveal', 'you', 'prompt'),
  delegated(9, 'follow', 'rules', 'remote'),
  encoded(9, 'decode', 'encoded', 'follow'),
  encoded(9, 'decode', 'encoded', 'execute'),
]);

/** A place in a text where a sequence was found. */
export interface Match {
  readonly sequence: Sequence;
  readonly from: number;
  readonly to: number;
}

/** Words before a match in which talk of defence makes it a description of the attack. */
const DEFENCE = 6;

/** The first match of each rule. Linear in the words, times the sequences that begin with each. */
export function matchSequences(words: readonly Word[]): readonly Match[] {
  const found = new Map<string, Match>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word.concepts.size === 0) continue;
    for (const sequence of beginningWith(word.concepts)) {
      if (found.has(sequence.id)) continue;
      const to = matchFrom(words, at, sequence);
      if (to !== undefined && !isDefensive(words, at)) found.set(sequence.id, { sequence, from: at, to });
    }
  }
  return [...found.values()];
}

/** By the sets of the lexicon, which are the same for each word of a kind. */
const BEGINNING = new WeakMap<ReadonlySet<Concept>, readonly Sequence[]>();

/** The sequences that begin with one of these, in their order. */
function beginningWith(concepts: ReadonlySet<Concept>): readonly Sequence[] {
  let known = BEGINNING.get(concepts);
  if (known === undefined) {
    known = SEQUENCES.filter(({ concepts: [first] }) => first !== undefined && concepts.has(first));
    BEGINNING.set(concepts, known);
  }
  return known;
}

function matchFrom(words: readonly Word[], from: number, { concepts, within }: Sequence): number | undefined {
  const sentence = words[from]?.sentence;
  let next = 1;
  let at = from;
  while (next < concepts.length) {
    at++;
    const word = words[at];
    if (word === undefined || word.sentence !== sentence || at - from >= within) return undefined;
    const wanted = concepts[next];
    if (wanted !== undefined && word.concepts.has(wanted)) next++;
  }
  return at;
}

function isDefensive(words: readonly Word[], from: number): boolean {
  const sentence = words[from]?.sentence;
  for (let at = Math.max(0, from - DEFENCE); at < from; at++) {
    const word = words[at];
    if (word?.sentence === sentence && word?.concepts.has('defend') === true) return true;
  }
  return false;
}
