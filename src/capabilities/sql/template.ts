import {
  configure,
  type Dialect,
  type Parameterise,
  type Statement,
} from '../../controls/parameterised-queries/control.ts';
import { EMPTY_LIST, SqlFragment, type SqlValue } from './fragment.ts';

type Part = SqlValue | SqlFragment;

/** A template taken apart: one text more than there are values. */
interface Flat {
  readonly texts: readonly string[];
  readonly values: readonly SqlValue[];
}

const MAX_NESTING = 16;
const MAX_TEXT = 100_000;

const BOUND: Parameterise = configure(new Set());

/**
 * Puts a template together: fragments become their own text and values, values what `parameterise` makes of them.
 * @throws TypeError as `flattenTemplate` does.
 */
export function compileTemplate(
  strings: readonly string[],
  values: readonly Part[],
  dialect: Dialect = 'sqlite',
  parameterise: Parameterise = BOUND,
): Statement {
  const flat = flattenTemplate(strings, values, dialect);
  return parameterise(flat.texts, flat.values, dialect);
}

/**
 * Takes a template with its fragments apart, into texts and values.
 * @throws TypeError when a value stands in quotes or a comment, when there is more than one statement, or when the text
 * has placeholders of its own, or what a database reads by rules of its own (dollar quotes, escape strings).
 */
function flattenTemplate(strings: readonly string[], values: readonly Part[], dialect: Dialect): Flat {
  const flat: Target = { texts: [], values: [], dialect };
  flatten(strings, values, flat, 0);
  const scan: Scan = { state: '', ended: false, depth: 0, before: '', dialect };
  let length = 0;
  for (const [index, text] of flat.texts.entries()) {
    scanText(scan, text);
    length += text.length;
    const last = index === flat.texts.length - 1;
    if (scan.state !== '' && !(last && scan.state === '--')) {
      throw new TypeError(
        last
          ? 'SQL has a quote or a comment without an end.'
          : 'A value stands in quotes or in a comment. Write = ${value}, without quotes around it.',
      );
    }
    if (!last && scan.ended) throw new TypeError(ONE);
    scan.before = '';
  }
  if (length > MAX_TEXT) throw new TypeError(`SQL has more than ${MAX_TEXT} characters.`);
  return flat;
}

interface Target {
  readonly texts: string[];
  readonly values: SqlValue[];
  readonly dialect: Dialect;
}

function flatten(strings: readonly string[], values: readonly Part[], into: Target, depth: number): void {
  if (depth > MAX_NESTING) throw new TypeError('SQL fragments are nested too deep.');
  const { texts } = into;
  texts.push((depth === 0 ? '' : (texts.pop() ?? '')) + (strings[0] ?? ''));
  for (const [index, value] of values.entries()) {
    const next = strings[index + 1] ?? '';
    if (SqlFragment.is(value)) {
      if (value.strings === EMPTY_LIST && into.dialect === 'postgres') texts.push(emptyList(texts.pop() ?? ''));
      else flatten(value.strings, value.values, into, depth + 1);
      texts.push((texts.pop() ?? '') + next);
    } else {
      into.values.push(value);
      texts.push(next);
    }
  }
}

/** PostgreSQL has no empty list. Null is in the place of one, which `in` takes for no match. */
function emptyList(before: string): string {
  if (/\bnot\s+in\s*$/i.test(before))
    throw new TypeError('list() is empty, and PostgreSQL has no "not in" of nothing. Leave the condition out then.');
  return `${before}(null)`;
}

interface Scan {
  /** The delimiter that ends what the scan is in, or empty in plain SQL. */
  state: '' | "'" | '"' | '`' | ']' | '--' | '*/';
  /** Whether a semicolon has ended the statement. */
  ended: boolean;
  /** Comments within a comment, which PostgreSQL has. */
  depth: number;
  /** The word before the present character, as far as it touches it. */
  before: string;
  readonly dialect: Dialect;
}

const ONE = 'SQL must be one statement. Use db.transaction for several.';

function scanText(scan: Scan, text: string): void {
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    const next = text[i + 1] ?? '';
    // SQLite would stop reading here.
    if (char === '\0') throw new TypeError('SQL may not hold a NUL character.');
    if (scan.state === '') i += scanPlain(scan, char, next);
    else if (scan.state === '--') scan.state = endsLine(scan, char) ? '' : '--';
    else if (scan.state === '*/') i += scanComment(scan, char, next);
    // A doubled quote opens again at once, which is what it means.
    else if (char === scan.state) scan.state = '';
  }
}

function endsLine({ dialect }: Scan, char: string): boolean {
  return char === '\n' || (char === '\r' && dialect === 'postgres');
}

function scanComment(scan: Scan, char: string, next: string): number {
  if (char === '/' && next === '*' && scan.dialect === 'postgres') {
    scan.depth++;
    return 1;
  }
  if (char !== '*' || next !== '/') return 0;
  if (scan.depth > 0) scan.depth--;
  else scan.state = '';
  return 1;
}

/** Looks at one character of plain SQL; gives how many more belong to it. */
function scanPlain(scan: Scan, char: string, next: string): number {
  const { before } = scan;
  scan.before = /[\w\u0080-\uffff&]/.test(char) ? before + char : '';
  if (char === '-' && next === '-') {
    scan.state = '--';
    return 1;
  }
  if (char === '/' && next === '*') {
    scan.state = '*/';
    return 1;
  }
  if (/\s/.test(char)) return 0;
  if (char === ';') {
    scan.ended = true;
    return 0;
  }
  if (scan.ended) throw new TypeError(ONE);
  if (scan.dialect === 'postgres') scanPostgres(scan, char, before);
  else scanSqlite(scan, char, next);
  return 0;
}

const OWN = 'SQL may not have placeholders of its own. Write ${value} where the value goes.';

function scanSqlite(scan: Scan, char: string, next: string): void {
  if (char === "'" || char === '"' || char === '`') scan.state = char;
  else if (char === '[') scan.state = ']';
  else if (char === '?' || (/[:@$#]/.test(char) && /[\w:]/.test(next))) throw new TypeError(OWN);
}

// https://www.postgresql.org/docs/15/sql-syntax-lexical.html
function scanPostgres(scan: Scan, char: string, before: string): void {
  if (char === '$') throw new TypeError(`${OWN} Text stands in single quotes, not in dollars.`);
  if (char !== "'" && char !== '"') return;
  // INVARIANT: a backslash in E'...' and U&"..." moves the end of the quotes away from where this scan sees it.
  if (/(?<![A-Za-z_\u0080-\uffff])(?:e|u&)$/i.test(before))
    throw new TypeError("SQL may not have escape strings: write '...' without E or U&.");
  scan.state = char;
}
