/*
 * Looks for a value in a text by decoding whatever can be decoded, and not by the forms that the product knows: a form that
 * it forgets must be found here.
 */

const DEEPEST = 2;

/** The canary that a text gives away, however it is written; nothing when none. */
export function findCanary(text: string, canaries: Iterable<string>): string | undefined {
  const wanted = [...canaries].map((canary) => [canary, essence(canary)] as const);
  const seen = new Set<string>();
  const look = (piece: string, depth: number): string | undefined => {
    if (piece.length < 6 || seen.has(piece)) return undefined;
    seen.add(piece);
    const flat = essence(piece);
    const found = wanted.find(([, plain]) => flat.includes(plain));
    if (found !== undefined) return found[0];
    if (depth === DEEPEST) return undefined;
    for (const decoded of decodings(piece)) {
      const inner = look(decoded, depth + 1);
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  return look(text, 0);
}

/** Letters and digits in lower case: separators, marks and case hide nothing. */
function essence(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function* decodings(text: string): Generator<string> {
  yield text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  yield text.replaceAll(/\\+u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  yield text.replaceAll(/\\+x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  yield text.replaceAll(/&(?:#\d+|#x[0-9a-f]+|[a-z]+);/gi, '');
  yield text.split('').toReversed().join('');
  for (const [run] of text.matchAll(/\d{1,3}(?:, ?\d{1,3}){5,}/g))
    yield String.fromCharCode(...run.split(',').slice(0, 5_000).map(Number));
  for (const [run] of text.matchAll(/(?:[0-9a-f]{2}[ :]?){6,}/gi)) {
    const digits = run.replaceAll(/[ :]/g, '');
    for (const from of [0, 1]) yield* readings(Buffer.from(digits.slice(from), 'hex'));
  }
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{8,}/g))
    for (const from of [0, 1, 2, 3]) yield* readings(Buffer.from(run.slice(from), 'base64'));
  for (const [run] of text.matchAll(/[A-Z2-7]{10,}/gi))
    for (let from = 0; from < 8; from++) yield* readings(fromBase32(run.slice(from).toUpperCase()));
}

function* readings(bytes: Buffer): Generator<string> {
  yield bytes.toString('latin1');
  yield bytes.toString('utf16le');
}

function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const character of text) {
    const value = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character);
    if (value === -1) break;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Buffer.from(bytes);
}
