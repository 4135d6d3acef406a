import { isObject } from '../protocol/json.ts';
import { neutralise } from '../text/neutralise.ts';
import { encodedIn } from './encoded.ts';
import type { ScanFinding, ScanRule } from './finding.ts';
import { PHRASES } from './lexicon.ts';
import { ordersAbout } from './orders.ts';
import { matchSequences, SEQUENCES } from './sequences.ts';
import { LONGEST_TEXT, STRUCTURES } from './structure.ts';
import { foldText, wordsOf, type Word } from './words.ts';

const EXCERPT = 80;
const DEEPEST = 64;
const MOST_FINDINGS = 50;
/** Texts are read this far; more is a finding of its own. */
const MOST_UNITS = 65_536;

const TOO_LONG: ScanRule = { id: 'too-long', severity: 'medium', why: 'It is longer than anyone reads.' };
const BLOB: ScanRule = { id: 'encoded-text', severity: 'high', why: 'It holds text that is encoded.' };
const OTHER_TOOL: ScanRule = {
  id: 'cross-tool',
  severity: 'medium',
  why: 'It gives orders about another tool by its name.',
};

/** Every rule of the scan, by id. */
export const SCAN_RULES: ReadonlyMap<string, ScanRule> = new Map(
  [...STRUCTURES, ...SEQUENCES, TOO_LONG, BLOB, OTHER_TOOL].map(({ id, severity, why }) => [id, { id, severity, why }]),
);

/** What else is known while a text is scanned. */
export interface ScanContext {
  /** JSON pointer of the text. */
  readonly path?: string;
  /** Names of the other tools of the same server, and of those beside it. */
  readonly tools?: ReadonlySet<string>;
  /** Ids of the rules that are looked for; all when absent. */
  readonly only?: ReadonlySet<string>;
}

/**
 * Scans one text that a model reads: hidden characters, markup, encoded text (decoded and scanned again), and words that
 * give a model orders. Linear in the text; what it says is a reason to look, not a proof.
 */
export function scanText(text: string, context: ScanContext = {}): readonly ScanFinding[] {
  return scan(text, context, 0);
}

function scan(whole: string, context: ScanContext, depth: number): readonly ScanFinding[] {
  const { path = '', only } = context;
  const findings: ScanFinding[] = [];
  const isWanted = (id: string): boolean => only === undefined || only.has(id);
  const add = ({ id, severity, why }: ScanRule, excerpt: string): void => {
    if (isWanted(id)) findings.push({ rule: id, severity, path, excerpt: shorten(excerpt), why });
  };
  if (whole.length > LONGEST_TEXT) add(TOO_LONG, whole);
  const text = whole.slice(0, MOST_UNITS);
  for (const structure of STRUCTURES) {
    if (!isWanted(structure.id)) continue;
    const found = structure.find(text);
    if (found !== undefined) add(structure, text.slice(found.at, found.at + found.length + 40));
  }
  const folded = foldText(text);
  const words = wordsOf(folded);
  for (const { sequence, from, to } of matchSequences(words)) add(sequence, spanOf(words, from, to));
  for (const [rule, phrase] of PHRASES) {
    const known = SCAN_RULES.get(rule);
    if (known !== undefined && folded.includes(phrase)) add(known, phrase);
  }
  const other = context.tools === undefined ? undefined : ordersAbout(text, context.tools);
  if (other !== undefined) add(OTHER_TOOL, other);
  if (depth < 2) findings.push(...scanEncoded(text, context, depth));
  return findings;
}

/** What is encoded is itself a finding when it reads as more than a word or two. */
function scanEncoded(text: string, context: ScanContext, depth: number): readonly ScanFinding[] {
  return encodedIn(text).flatMap(({ decoded }) => {
    const inner = scan(decoded, context, depth + 1);
    if (inner.length > 0 || (context.only !== undefined && !context.only.has(BLOB.id))) return inner;
    const isPhrase = decoded.trim().split(/\s+/).length >= 3;
    return isPhrase ? [{ ...BLOB, rule: BLOB.id, path: context.path ?? '', excerpt: shorten(decoded) }] : [];
  });
}

function spanOf(words: readonly Word[], from: number, to: number): string {
  return words
    .slice(from, to + 1)
    .map(({ text }) => text)
    .join(' ');
}

function shorten(text: string): string {
  const plain = neutralise(text).replaceAll(/\s+/g, ' ').trim();
  return plain.length > EXCERPT ? `${plain.slice(0, EXCERPT - 3)}...` : plain;
}

/**
 * Scans every text of a definition: names, descriptions, titles, defaults, enumerations, examples, patterns, comments and
 * keys of its schemas, annotations. At most 50 findings.
 */
export function scanDefinition(definition: unknown, context: ScanContext = {}): readonly ScanFinding[] {
  const findings: ScanFinding[] = [];
  const visit = (value: unknown, path: string, depth: number): void => {
    if (findings.length >= MOST_FINDINGS || depth > DEEPEST) return;
    if (typeof value === 'string') {
      if (value.length >= 4) findings.push(...scanText(value, { ...context, path }));
      return;
    }
    if (Array.isArray(value)) {
      value.forEach((item, index) => visit(item, `${path}/${index}`, depth + 1));
      return;
    }
    if (!isObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (key.length > 20) findings.push(...scanText(key, { ...context, path: at }));
      visit(member, at, depth + 1);
    }
  };
  visit(definition, '', 0);
  return findings.slice(0, MOST_FINDINGS);
}
