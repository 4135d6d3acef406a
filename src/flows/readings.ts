/** One way to read an argument. */
export interface Reading {
  readonly text: string;
  /** What had to be undone to get it, outermost first: empty for the text as it is. */
  readonly by: readonly string[];
}

/** All readings of some arguments. */
export interface Readings {
  readonly readings: readonly Reading[];
  /** Whether there was more to undo than is undone. */
  readonly cut: boolean;
}

const MOST_UNITS = 64 * 1024;
/** Units of all readings together, for each unit of the text, and beside. */
const GROWTH = 48;
const SLACK = 4_096;
const DEEPEST = 3;
const LEAST = 8;

/**
 * Reads a text in every usual disguise: escapes of URLs, HTML, JSON and mail, base64, base32, hex, bits, character codes,
 * invisible characters, reversed and rotated by 13, up to three on top of each other.
 */
export function readingsOf(text: string): Readings {
  const whole = text.slice(0, MOST_UNITS);
  const readings: Reading[] = [];
  const seen = new Set<string>();
  let room = whole.length * GROWTH + SLACK;
  let cut = text.length > MOST_UNITS;
  const queue: Reading[] = [{ text: whole, by: [] }];
  for (let at = 0; at < queue.length; at++) {
    const reading = queue[at];
    if (reading === undefined || reading.text.length < LEAST || seen.has(reading.text)) continue;
    seen.add(reading.text);
    room -= reading.text.length;
    if (room < 0) {
      cut = true;
      break;
    }
    readings.push(reading);
    if (reading.by.length < DEEPEST && isLegible(reading.text)) queue.push(...undo(reading));
  }
  return { readings, cut };
}

/** Noise is read as it is: decoding it gives more noise. */
function isLegible(text: string): boolean {
  const sample = text.slice(0, 2_048);
  let good = 0;
  for (const character of sample)
    if (
      /[\p{L}\p{N}\s\p{P}\p{S}\u200b-\u200d\u2060-\u2064\u{e0000}-\u{e01ef}]/u.test(character) &&
      character !== '\ufffd'
    )
      good += character.length;
  return good >= sample.length * 0.6;
}

function undo({ text, by }: Reading): Reading[] {
  const found: Reading[] = [];
  const add = (how: string, read: string): void => {
    if (read.length >= LEAST) found.push({ text: read, by: [...by, how] });
  };
  add('escapes', unescapeAll(text));
  if (by.at(-1) !== 'reversed') add('reversed', Array.from(text).toReversed().join(''));
  if (by.at(-1) !== 'rot13' && by.at(-1) !== 'reversed') add('rot13', rotate(text));
  for (const read of fromBase64(text)) add('base64', read);
  for (const read of fromHex(text)) add('hex', read);
  add('base32', fromBase32(text));
  for (const base of [10, 8]) add('character codes', fromCodes(text, base));
  for (const read of fromBits(text)) add('bits', read);
  for (const read of fromInvisible(text)) add('invisible characters', read);
  return found;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);

const ESCAPE =
  /&#x([0-9a-f]{1,6});?|&#(\d{1,7});?|&([a-z]{2,4});|\\u\{?([0-9a-f]{4,6})\}?|\\x([0-9a-f]{2})|\\([0-7]{3})|((?:[%=][0-9a-f]{2})+)/gi;

/** Undoes percent, entity, backslash and quoted-printable escapes, as often as they are nested. */
function unescapeAll(text: string): string {
  let read = text;
  for (let round = 0; round < DEEPEST; round++) {
    const next = read
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(ESCAPE, (match, hex, decimal, name, unicode, byte, octal, bytes) => {
        if (typeof name === 'string') return NAMED.get(name.toLowerCase()) ?? match;
        if (typeof bytes === 'string') return Buffer.from(bytes.replaceAll(/[%=]/g, ''), 'hex').toString('utf8');
        const code =
          typeof decimal === 'string'
            ? Number.parseInt(decimal, 10)
            : typeof octal === 'string'
              ? Number.parseInt(octal, 8)
              : Number.parseInt(String(hex ?? unicode ?? byte), 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : match;
      });
    if (next === read) break;
    read = next;
  }
  return read === text ? '' : read;
}

function rotate(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const code = letter.charCodeAt(0);
    const base = code & 0x60;
    return String.fromCharCode(((code - base - 1 + 13) % 26) + base + 1);
  });
}

/** Every alignment, so that what stands before a piece, or between two, does not hide it. */
function fromBase64(text: string): readonly string[] {
  const url = text.replaceAll('-', '+').replaceAll('_', '/');
  const strict = text.replaceAll(/[^A-Za-z0-9+/]+/g, '');
  const forms = new Set([strict, url.replaceAll(/[^A-Za-z0-9+/]+/g, '')]);
  return [...forms].flatMap((form) =>
    form.length < 12 ? [] : [0, 1, 2, 3].map((skip) => Buffer.from(form.slice(skip), 'base64').toString('utf8')),
  );
}

function fromHex(text: string): readonly string[] {
  const digits = text.replaceAll(/0x/gi, '').replaceAll(/[^0-9a-f]+/gi, '');
  // Prose has a third of its letters among the digits: only what is hex for the most part is read as such.
  if (digits.length < 16 || digits.length < text.replaceAll(/[^A-Za-z0-9]+/g, '').length * 0.5) return [];
  return [0, 1].map((skip) => Buffer.from(digits.slice(skip), 'hex').toString('utf8'));
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

function fromBase32(text: string): string {
  const runs = text.match(/(?:[A-Z2-7]{16,}|[a-z2-7]{16,})/g) ?? [];
  return runs.map(decodeBase32).join('');
}

function decodeBase32(run: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of run.toLowerCase()) {
    value = ((value << 5) | BASE32.indexOf(character)) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return Buffer.from(bytes).toString('utf8');
}

function fromCodes(text: string, base: number): string {
  const apart = text.match(base === 8 ? /\b[0-7]{2,3}\b/g : /\b\d{2,3}\b/g) ?? [];
  const codes = apart.length < LEAST ? inThrees(text) : apart;
  if (codes.length < LEAST) return '';
  return String.fromCharCode(...codes.slice(0, 8_192).map((code) => Number.parseInt(code, base)));
}

/** Codes of three digits each, without anything between them. */
function inThrees(text: string): readonly string[] {
  const [run = ''] = text.match(/\d{24,}/) ?? [];
  return run.match(/\d{3}/g) ?? [];
}

/** Eight at a time, from every offset. */
function fromBits(text: string): readonly string[] {
  const bits = text.replaceAll(/0b/gi, '').replaceAll(/[^01]+/g, '');
  if (bits.length < LEAST * 8 || bits.length < text.replaceAll(/[^A-Za-z0-9]+/g, '').length * 0.5) return [];
  return [0, 1, 2, 3, 4, 5, 6, 7].map((skip) => {
    const bytes = bits.slice(skip).match(/[01]{8}/g) ?? [];
    return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))).toString('utf8');
  });
}

/** What no reader sees: tags and variation selectors that stand for letters, zero-width characters that stand for bits. */
function fromInvisible(text: string): readonly string[] {
  const found: string[] = [];
  const tags = text.match(/[\u{e0020}-\u{e007e}]/gu) ?? [];
  if (tags.length > 0) found.push(String.fromCodePoint(...tags.slice(0, 8_192).map((tag) => codeOf(tag) - 0xe0000)));
  const selectors = text.match(/[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu) ?? [];
  const bytes = selectors.map((one) => (codeOf(one) < 0xe0100 ? codeOf(one) - 0xfe00 : codeOf(one) - 0xe0100 + 16));
  if (bytes.length > 0) found.push(Buffer.from(bytes).toString('utf8'));
  const zeros = text.replaceAll(/[^\u200b-\u200d\u2060\ufeff]+/gu, '');
  if (zeros.length < LEAST * 8) return found;
  for (const zero of ['\u200b', '\u200c', '\u200d', '\u2060'])
    found.push(...fromBits(Array.from(zeros, (character) => (character === zero ? '0' : '1')).join('')));
  return found;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
