/** What a header of a tar archive says (POSIX.1-2017, pax). */
export interface Header {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** One character; that of an ordinary file is `0`. */
  readonly type: string;
}

/** Reads a block of 512 bytes; `undefined` where its checksum or its numbers are wrong. */
export function headerOf(block: Buffer): Header | undefined {
  const size = octal(block.subarray(124, 136));
  const told = octal(block.subarray(148, 156));
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  if (size === undefined || told !== sum) return undefined;
  const isPosix = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = isPosix && block.toString('latin1', 257, 263) === 'ustar\0' ? text(block.subarray(345, 500)) : '';
  const name = text(block.subarray(0, 100));
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size: type === '5' ? 0 : size, type };
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** Sizes past eight gigabytes are written another way, and are past every bound. */
function octal(bytes: Buffer): number | undefined {
  const written = text(bytes).trim();
  return /^[0-7]{1,12}$/.test(written) ? Number.parseInt(written, 8) : undefined;
}

/** What a pax header says of the entry behind it. */
export function paxOf(written: string): { readonly path?: string; readonly size?: number } {
  const found: { path?: string; size?: number } = {};
  const bytes = Buffer.from(written);
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (space === -1 || !Number.isInteger(length) || length <= space - at) break;
    const record = bytes.toString('utf8', space + 1, at + length).replace(/\n$/, '');
    const cut = record.indexOf('=');
    const [key, value] = [record.slice(0, cut), record.slice(cut + 1)];
    if (key === 'path') found.path = value;
    if (key === 'size' && /^\d{1,15}$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}
