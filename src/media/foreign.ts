const MARKUP = /<(?:script|iframe|html|body|svg|object|embed)[\s>/]|<!doctype\s+html|<\?php|javascript:/i;
const EOCD = Buffer.from('PK\x05\x06', 'latin1');
/** Bytes of the end of a zip directory without its comment, which may have 65,535 more. */
const EOCD_BYTES = 22;
/** Readers look for the header of a PDF this far in. */
const PDF_HEAD = 1024;

/** What else the bytes could be taken for, beside the picture or sound that they are. */
export function findForeign(bytes: Buffer): string | undefined {
  if (MARKUP.test(bytes.toString('latin1'))) return 'markup';
  const end = bytes.lastIndexOf(EOCD);
  if (end !== -1 && end + EOCD_BYTES <= bytes.length && end + EOCD_BYTES + bytes.readUInt16LE(end + 20) <= bytes.length)
    return 'a zip file';
  return bytes.subarray(0, PDF_HEAD).includes('%PDF-') ? 'a PDF' : undefined;
}
