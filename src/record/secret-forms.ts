/*
 * The texts in which a value turns up when something that does not know that it is secret writes it down: encodings of
 * programs, not disguises. A handler that means to disguise a value must not get it in the first place.
 */

/** Every text that gives the secret away, in lower case (ASCII), each once. */
export function formsOf(secret: string): readonly string[] {
  const whole = secret.toWellFormed();
  const [utf8, utf16] = [Buffer.from(secret, 'utf8'), Buffer.from(secret, 'utf16le')];
  const all = [
    secret,
    ...hexForms(utf8),
    ...hexForms(utf16),
    ...base64Forms(utf8),
    ...base64Forms(utf16),
    ...base64Forms(utf8).flatMap((form) => base64Forms(Buffer.from(form))),
    ...base32Forms(utf8),
    ...urlForms(whole, utf8),
    ...jsonForms(secret),
    ...markupForms(secret),
    secret.replace(/[\s\S](?!$)/g, '$&\0'),
    // `JSON.stringify(Buffer.from(...))`, and an inspected array of bytes.
    [...utf8].join(','),
    [...utf8].join(', '),
  ];
  return [...new Set(all.map((form) => form.replace(/[A-Z]/g, (letter) => letter.toLowerCase())))];
}

/** As it is, and as `<Buffer 73 65>` and dumps show it. */
function hexForms(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  return [hex, spaced(hex, ' '), spaced(hex, ':'), spaced(hex, '\\x')];
}

function spaced(hex: string, mark: string): string {
  return hex.replace(/..(?!$)/g, `$&${mark}`);
}

/** Base64 of the secret wherever it lies in a longer encoded text: three alignments, less the characters it shares. */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = [bytes.toString('base64'), bytes.toString('base64url')];
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = shift === 0 ? 0 : shift + 1;
    const shared = ((shift + bytes.length) * 8) % 6 === 0 ? 0 : 1;
    const inner = text.slice(from, text.length - shared);
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...new Set(forms)];
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 (RFC 4648 section 6) at each of its five alignments, less the characters that it shares. */
function base32Forms(bytes: Buffer): string[] {
  return [0, 1, 2, 3, 4].map((shift) => {
    const text = base32(Buffer.concat([Buffer.alloc(shift), bytes]));
    const shared = ((shift + bytes.length) * 8) % 5 === 0 ? 0 : 1;
    return text.slice(Math.ceil((shift * 8) / 5), text.length - shared);
  });
}

function base32(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0];
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((held >> bits) & 31);
    }
  }
  return bits === 0 ? text : text + BASE32.charAt((held << (5 - bits)) & 31);
}

const hexEscape = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** Once, and once more: a parameter that holds a URL. */
function urlForms(secret: string, bytes: Buffer): string[] {
  const component = encodeURIComponent(secret);
  const strict = component.replace(/[!'()*]/g, hexEscape);
  const form = component.replace(/[!'()~]/g, hexEscape).replaceAll('%20', '+');
  const every = bytes.toString('hex').replace(/../g, '%$&');
  const once = [component, strict, form, encodeURI(secret), every];
  return [...once, ...once.map((text) => text.replaceAll('%', '%25'))];
}

/** JSON text of a string, without its quotes: as it is, in ASCII, escaped throughout, and inside of another JSON text. */
function jsonForms(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1);
  const ascii = plain.replace(/[\u007f-\uffff]/g, unicodeEscape);
  const every = secret.replace(/[\s\S]/g, unicodeEscape);
  return [plain, ascii, every, JSON.stringify(plain).slice(1, -1), JSON.stringify(ascii).slice(1, -1)];
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function markupForms(secret: string): string[] {
  const named = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = named.replaceAll('"', '&quot;');
  return [named, quoted, quoted.replaceAll("'", '&#39;'), quoted.replaceAll("'", '&apos;')];
}
