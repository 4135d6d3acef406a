const BASE64 = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
const HEX = /(?:[0-9a-f]{2}){16,}|(?:\\x[0-9a-f]{2}){8,}/gi;
const PERCENT = /(?:%[0-9a-f]{2}){8,}/gi;
const ESCAPES = /(?:\\u\{?[0-9a-f]{4}\}?){6,}|(?:&#x?[0-9a-f]{2,5};){6,}/gi;
const MOST = 16;

/** A text that stands encoded in another. */
export interface Encoded {
  readonly at: number;
  readonly length: number;
  readonly decoded: string;
}

/**
 * Finds what is encoded in a text and reads as text when it is decoded: base64, hex, percent signs, escapes. At most 16.
 */
export function encodedIn(text: string): readonly Encoded[] {
  const found: Encoded[] = [];
  const look = (pattern: RegExp, decode: (match: string) => string | undefined): void => {
    for (const match of text.matchAll(pattern)) {
      if (found.length >= MOST) return;
      const decoded = decode(match[0]);
      if (decoded !== undefined && isText(decoded)) found.push({ at: match.index, length: match[0].length, decoded });
    }
  };
  look(BASE64, fromBase64);
  look(HEX, (match) => Buffer.from(match.replaceAll(/\\x/gi, ''), 'hex').toString('latin1'));
  look(PERCENT, fromPercent);
  look(ESCAPES, fromEscapes);
  return found;
}

/** A long word is no blob: one needs mixed case or digits, and a length that base64 can have. */
function fromBase64(match: string): string | undefined {
  const body = match.replace(/=+$/, '');
  if (body.length % 4 === 1 || !/[a-z]/.test(body) || !/[A-Z]/.test(body)) return undefined;
  if (!/\d/.test(body) && !match.endsWith('=') && /[-_/]/.test(body)) return undefined;
  return Buffer.from(match, /[-_]/.test(match) ? 'base64url' : 'base64').toString('latin1');
}

function fromPercent(match: string): string | undefined {
  try {
    return decodeURIComponent(match);
  } catch {
    return undefined;
  }
}

function fromEscapes(match: string): string {
  const points = [...match.matchAll(/u\{?([0-9a-f]{4})|&#x([0-9a-f]+)|&#(\d+)/gi)];
  return points
    .map(([, unit, hex, decimal]) => {
      const point = Number.parseInt(unit ?? hex ?? decimal ?? '', decimal === undefined ? 16 : 10);
      return point <= 0x10ffff ? String.fromCodePoint(point) : '';
    })
    .join('');
}

/** Nearly all printable ASCII, and it has words, or is encoded once more. */
function isText(decoded: string): boolean {
  if (decoded.length < 6) return false;
  let printable = 0;
  let letters = 0;
  for (let at = 0; at < decoded.length; at++) {
    const code = decoded.charCodeAt(at);
    if ((code >= 32 && code < 127) || code === 10) printable++;
    if ((code >= 97 && code <= 122) || code === 32) letters++;
  }
  if (printable / decoded.length <= 0.95) return false;
  return letters / decoded.length > 0.6 || /^[A-Za-z0-9+/_=-]{24,}$/.test(decoded);
}
