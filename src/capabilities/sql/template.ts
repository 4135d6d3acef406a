import { SqlFragment, type SqlValue } from './fragment.ts';

type Part = SqlValue | SqlFragment;

/** A statement as SQLite takes it. */
export interface Statement {
  readonly text: string;
  /** Every interpolated value, in the order of its placeholder. */
  readonly values: readonly SqlValue[];
}

const MAX_NESTING = 16;
const MAX_TEXT = 100_000;

/**
 * Puts a template together: each value becomes a placeholder, each fragment its own text and values.
 * @throws TypeError when a value stands in quotes or a comment, when there is more than one statement, or when the text
 * has placeholders of its own.
 */
export function compileTemplate(strings: readonly string[], values: readonly Part[]): Statement {
  const segments: string[] = [];
  const bound: SqlValue[] = [];
  flatten(strings, values, segments, bound, 0);
  const scan: Scan = { state: '', ended: false };
  for (const [index, segment] of segments.entries()) {
    scanSegment(scan, segment);
    const last = index === segments.length - 1;
    if (scan.state !== '' && !(last && scan.state === '--')) {
      throw new TypeError(
        last
          ? 'SQL has a quote or a comment without an end.'
          : 'A value stands in quotes or in a comment. Write = ${value}, without quotes around it.',
      );
    }
    if (!last && scan.ended) throw new TypeError(ONE);
  }
  const text = segments.join('?');
  if (text.length > MAX_TEXT) throw new TypeError(`SQL has more than ${MAX_TEXT} characters.`);
  return { text, values: bound };
}

function flatten(
  strings: readonly string[],
  values: readonly Part[],
  segments: string[],
  bound: SqlValue[],
  depth: number,
): void {
  if (depth > MAX_NESTING) throw new TypeError('SQL fragments are nested too deep.');
  segments.push((depth === 0 ? '' : (segments.pop() ?? '')) + (strings[0] ?? ''));
  for (const [index, value] of values.entries()) {
    const next = strings[index + 1] ?? '';
    if (SqlFragment.is(value)) {
      flatten(value.strings, value.values, segments, bound, depth + 1);
      segments.push((segments.pop() ?? '') + next);
    } else {
      bound.push(value);
      segments.push(next);
    }
  }
}

interface Scan {
  /** The delimiter that ends what the scan is in, or empty in plain SQL. */
  state: '' | "'" | '"' | '`' | ']' | '--' | '*/';
  /** Whether a semicolon has ended the statement. */
  ended: boolean;
}

const ONE = 'SQL must be one statement. Use db.transaction for several.';

function scanSegment(scan: Scan, text: string): void {
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    // SQLite would stop reading here.
    if (char === '\0') throw new TypeError('SQL may not hold a NUL character.');
    if (scan.state === '') i += scanPlain(scan, char, text[i + 1] ?? '');
    else if (scan.state === '--') scan.state = char === '\n' ? '' : '--';
    else if (scan.state === '*/') {
      if (char === '*' && text[i + 1] === '/') {
        scan.state = '';
        i++;
      }
    } else if (char === scan.state) {
      // A doubled quote opens again at once, which is what it means.
      scan.state = '';
    }
  }
}

/** Looks at one character of plain SQL; gives how many more belong to it. */
function scanPlain(scan: Scan, char: string, next: string): number {
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
  if (char === "'" || char === '"' || char === '`') scan.state = char;
  else if (char === '[') scan.state = ']';
  else if (char === '?' || (/[:@$#]/.test(char) && /[\w:]/.test(next))) {
    throw new TypeError('SQL may not have placeholders of its own. Write ${value} where the value goes.');
  }
  return 0;
}
