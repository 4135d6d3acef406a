/** One signature: bytes (latin1, `?` for any) at an offset. */
type Signature = readonly [type: string, at: number, bytes: string];

const SIGNATURES: readonly Signature[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF87a'],
  ['image/gif', 0, 'GIF89a'],
  ['image/webp', 0, 'RIFF????WEBP'],
  ['image/bmp', 0, 'BM????\0\0\0\0'],
  ['image/tiff', 0, 'II*\0'],
  ['image/tiff', 0, 'MM\0*'],
  ['image/x-icon', 0, '\0\0\x01\0'],
  ['image/jxl', 0, '\0\0\0\x0cJXL \r\n\x87\n'],
  ['audio/wav', 0, 'RIFF????WAVE'],
  ['audio/flac', 0, 'fLaC'],
  ['audio/mpeg', 0, 'ID3'],
  ['audio/midi', 0, 'MThd\0\0\0\x06'],
  ['application/ogg', 0, 'OggS'],
  ['video/x-msvideo', 0, 'RIFF????AVI '],
  ['video/webm', 0, '\x1aE\xdf\xa3'],
  ['application/pdf', 0, '%PDF-'],
  ['application/zip', 0, 'PK\x03\x04'],
  ['application/zip', 0, 'PK\x05\x06'],
  ['application/gzip', 0, '\x1f\x8b\x08'],
  ['application/x-bzip2', 0, 'BZh'],
  ['application/x-xz', 0, '\xfd7zXZ\0'],
  ['application/zstd', 0, '(\xb5/\xfd'],
  ['application/x-7z-compressed', 0, "7z\xbc\xaf'\x1c"],
  ['application/vnd.rar', 0, 'Rar!\x1a\x07'],
  ['application/x-tar', 257, 'ustar'],
  ['application/x-ole-storage', 0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['application/vnd.sqlite3', 0, 'SQLite format 3\0'],
  ['application/x-elf', 0, '\x7fELF'],
  ['application/x-mach-o', 0, '\xcf\xfa\xed\xfe'],
  ['application/x-mach-o', 0, '\xce\xfa\xed\xfe'],
  ['application/java-vm', 0, '\xca\xfe\xba\xbe'],
  ['application/wasm', 0, '\0asm\x01\0\0\0'],
  ['application/rtf', 0, '{\\rtf'],
  ['application/postscript', 0, '%!PS'],
  ['text/x-script', 0, '#!'],
];

/** Brands of ISO base media files (ISO/IEC 14496-12 section 4.3). */
const BRANDS: ReadonlyMap<string, string> = new Map([
  ['avif', 'image/avif'],
  ['avis', 'image/avif'],
  ['heic', 'image/heic'],
  ['heix', 'image/heic'],
  ['mif1', 'image/heif'],
  ['M4A ', 'audio/mp4'],
  ['M4B ', 'audio/mp4'],
  ['qt  ', 'video/quicktime'],
]);

/** First parts of office documents, which are zip files. */
const OFFICE: readonly (readonly [path: string, type: string])[] = [
  ['word/', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xl/', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['ppt/', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
];

const HEAD = 4096;

/**
 * The MIME type that the content itself says, whatever its name or its sender does; `undefined` when it says nothing.
 * Text is `text/plain` when it is UTF-8 without controls, unless it begins as a page, a drawing or a script.
 */
export function sniff(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD)).toString('latin1');
  const found = SIGNATURES.find(([, at, signature]) => matchesAt(head, at, signature))?.[0];
  if (found === 'application/zip') return zipType(head);
  if (found === 'application/ogg') return oggType(head);
  if (found === 'text/x-script') return scriptOrText(bytes, found);
  if (found !== undefined) return found;
  if (head.startsWith('ftyp', 4)) return BRANDS.get(head.slice(8, 12)) ?? 'video/mp4';
  if (isExecutable(bytes, head)) return 'application/vnd.microsoft.portable-executable';
  if (isMpeg(head)) return head.charCodeAt(1) % 8 < 2 ? 'audio/aac' : 'audio/mpeg';
  return textType(bytes, head);
}

function matchesAt(head: string, at: number, signature: string): boolean {
  if (!signature.includes('?')) return head.startsWith(signature, at);
  for (let index = 0; index < signature.length; index++) {
    if (signature[index] !== '?' && signature[index] !== head[at + index]) return false;
  }
  return true;
}

function zipType(head: string): string {
  if (head.startsWith('mimetypeapplication/', 30))
    return (
      /^application\/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z]+)/.exec(head.slice(38))?.[0] ?? 'application/zip'
    );
  if (!head.includes('[Content_Types].xml') && !head.includes('_rels/')) return 'application/zip';
  return OFFICE.find(([path]) => head.includes(path))?.[1] ?? 'application/zip';
}

function oggType(head: string): string {
  if (head.includes('OpusHead') || head.includes('\x01vorbis') || head.includes('\x7fFLAC')) return 'audio/ogg';
  return head.includes('\x80theora') ? 'video/ogg' : 'application/ogg';
}

/** `MZ`, and the header that it points to. */
function isExecutable(bytes: Uint8Array, head: string): boolean {
  if (!head.startsWith('MZ') || bytes.byteLength < 64) return false;
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(60);
  return at + 4 <= bytes.byteLength && bytes[at] === 0x50 && bytes[at + 1] === 0x45;
}

/** Frame header of MPEG audio (ISO/IEC 11172-3 section 2.4.2.3), or of AAC in ADTS. */
function isMpeg(head: string): boolean {
  const [first, second, third] = [head.charCodeAt(0), head.charCodeAt(1), head.charCodeAt(2)];
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  if ((second & 0xf6) === 0xf0) return true;
  return (second & 0x18) !== 0x08 && (second & 0x06) !== 0 && third >> 4 !== 15 && third >> 4 !== 0;
}

const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/^<svg[\s>/]/i, 'image/svg+xml'],
  [/^<(?:!doctype\s+html|html|head|body|script|iframe|title|style|meta)[\s>/]/i, 'text/html'],
  [/^<\?php/i, 'text/x-script'],
];

function scriptOrText(bytes: Uint8Array, type: string): string | undefined {
  return isText(bytes) ? type : undefined;
}

function textType(bytes: Uint8Array, head: string): string | undefined {
  if (bytes.byteLength === 0 || !isText(bytes)) return undefined;
  const start = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  const content = skipProlog(start);
  const found = MARKUP.find(([pattern]) => pattern.test(content))?.[1];
  return found ?? (/^<\?xml\s/.test(start) ? 'application/xml' : 'text/plain');
}

/** What may stand before the first element: comments, processing instructions, the document type of a drawing. */
function skipProlog(text: string): string {
  let rest = text;
  for (;;) {
    const end = rest.startsWith('<!--')
      ? rest.indexOf('-->') + 3
      : /^(?:<\?xml|<!doctype\s+svg)/i.test(rest)
        ? rest.indexOf('>') + 1
        : 0;
    if (end < 4) return rest;
    rest = rest.slice(end).trimStart();
  }
}

/** Controls that text has: tab, line feed, form feed, carriage return, and the escape of terminals. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([9, 10, 12, 13, 27]);

function isText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, HEAD);
  if (head.some((byte) => byte < 32 && !TEXT_CONTROLS.has(byte))) return false;
  try {
    // As a stream, because the head can end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: bytes.byteLength > HEAD });
    return true;
  } catch {
    return false;
  }
}
