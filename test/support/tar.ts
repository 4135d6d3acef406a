import { gzipSync } from 'node:zlib';

/** One entry of an archive, as hostile as wanted. */
export interface TarEntry {
  readonly name: string;
  readonly text?: string | Uint8Array;
  /** `0` is a file, `1` and `2` are links, `5` is a folder, `x` is a pax header. */
  readonly type?: string;
  readonly link?: string;
  /** Bytes that the header claims, where that is not the truth. */
  readonly size?: number;
}

/** Writes an archive as tar does, without looking at what stands in it. */
export function tarOf(entries: readonly TarEntry[], end: Uint8Array = Buffer.alloc(1024)): Buffer {
  const blocks = entries.flatMap(({ name, text = '', type = '0', link = '', size }) => {
    const body = Buffer.from(text as string);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write('ustar\0', 257);
    header.write('00', 263);
    const sum = header.reduce((all, byte) => all + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, end]);
}

/** The same, packed as a package is. */
export function tgzOf(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tarOf(entries));
}

/** A pax header that gives the next entry another path. */
export function paxPath(path: string): TarEntry {
  const record = ` path=${path}\n`;
  const length = record.length + String(record.length + 2).length;
  return { name: 'pax', type: 'x', text: `${length}${record}` };
}
