import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { headerOf, paxOf, type Header } from './tar-header.ts';

/** Something in an archive that nobody packs by accident, and that was not unpacked. */
export interface ArchiveFault {
  /** The entry, as it is named. */
  readonly name: string;
  readonly kind: 'link' | 'path' | 'device' | 'twice' | 'bomb' | 'malformed';
  readonly why: string;
}

/** What came of unpacking. */
export interface Unpacked {
  /** Paths of what was written, relative to the folder. */
  readonly files: readonly string[];
  readonly faults: readonly ArchiveFault[];
  /** Bytes of all files. */
  readonly bytes: number;
  /** Whether it was read to its end. */
  readonly isWhole: boolean;
}

/** Bounds on one archive; sizes are bytes. */
export interface ArchiveBounds {
  readonly files: number;
  readonly bytes: number;
  /** Unpacked bytes for each packed one, past the first megabytes. */
  readonly ratio: number;
  readonly depth: number;
}

const BOUNDS: ArchiveBounds = { files: 50_000, bytes: 384 * 1024 * 1024, ratio: 250, depth: 32 };
const MOST_FAULTS = 100;
const MOST_NAMES = 64 * 1024;
const BLOCK = 512;
const FREE_BYTES = 16 * 1024 * 1024;

/** Why an archive is not read any further. */
class Stop extends Error {
  readonly kind: ArchiveFault['kind'];

  constructor(kind: ArchiveFault['kind'], why: string) {
    super(why);
    this.kind = kind;
  }
}

/**
 * Unpacks the archive of a package into an empty folder of its own: plain files under their own names, and nothing else. Links,
 * devices, paths that lead out of the folder and what is larger than its bounds are not written, and told.
 */
export async function unpack(packed: Uint8Array, folder: string, bounds: ArchiveBounds = BOUNDS): Promise<Unpacked> {
  const reader = new Reader(folder, packed.byteLength, bounds);
  let isWhole = true;
  try {
    for await (const chunk of Readable.from([packed]).pipe(createGunzip())) reader.take(chunk as Buffer);
    reader.end();
  } catch (error) {
    isWhole = false;
    const kind = error instanceof Stop ? error.kind : 'malformed';
    // What zlib says holds nothing of the archive.
    reader.fault({ name: reader.name, kind, why: error instanceof Error ? error.message : 'it cannot be read' });
  } finally {
    reader.close();
  }
  const { files, faults, bytes } = reader;
  return { files, faults, bytes, isWhole };
}

class Reader {
  readonly files: string[] = [];
  readonly faults: ArchiveFault[] = [];
  bytes = 0;
  name = 'the archive';
  readonly #folder: string;
  readonly #packed: number;
  readonly #bounds: ArchiveBounds;
  readonly #seen = new Set<string>();
  #pending: Buffer = Buffer.alloc(0);
  #unpacked = 0;
  #zeros = 0;
  /** Bytes of the entry, and of its padding, that are still to come. */
  #left = 0;
  #padding = 0;
  #out: number | undefined;
  #text: Buffer[] | undefined;
  #textKind: 'pax' | 'long' = 'pax';
  #path: string | undefined;
  #size: number | undefined;

  constructor(folder: string, packed: number, bounds: ArchiveBounds) {
    this.#folder = folder;
    this.#packed = packed;
    this.#bounds = bounds;
  }

  fault(fault: ArchiveFault): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ ...fault, name: fault.name.slice(0, 300) });
  }

  take(chunk: Buffer): void {
    this.#unpacked += chunk.length;
    if (this.#unpacked > this.#bounds.bytes) throw new Stop('bomb', `it holds more than ${this.#bounds.bytes} bytes`);
    if (this.#unpacked > FREE_BYTES && this.#unpacked > this.#packed * this.#bounds.ratio)
      throw new Stop('bomb', `it grows to more than ${this.#bounds.ratio} times its size`);
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#step());
  }

  /** One block or piece; whether there may be another. */
  #step(): boolean {
    if (this.#left > 0) return this.#copy();
    if (this.#padding > 0) {
      const cut = Math.min(this.#padding, this.#pending.length);
      this.#padding -= cut;
      this.#pending = this.#pending.subarray(cut);
      return cut > 0;
    }
    if (this.#pending.length < BLOCK) return false;
    const block = this.#pending.subarray(0, BLOCK);
    this.#pending = this.#pending.subarray(BLOCK);
    if (this.#zeros >= 2) return true;
    if (block.every((byte) => byte === 0)) {
      this.#zeros += 1;
      return true;
    }
    this.#zeros = 0;
    const header = headerOf(block);
    if (header === undefined) throw new Stop('malformed', 'an entry of it has a header that is none');
    this.#begin(header);
    return true;
  }

  #copy(): boolean {
    const piece = this.#pending.subarray(0, this.#left);
    if (piece.length === 0) return false;
    this.#pending = this.#pending.subarray(piece.length);
    this.#left -= piece.length;
    if (this.#out !== undefined) writeSync(this.#out, piece);
    this.#text?.push(Buffer.from(piece));
    if (this.#left === 0) this.#finish();
    return true;
  }

  #begin(header: Header): void {
    const size = this.#size ?? header.size;
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (header.type === 'x' || header.type === 'L') {
      if (size > MOST_NAMES) throw new Stop('malformed', 'the name of an entry is longer than any name');
      this.#left = header.size;
      this.#padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
      this.#textKind = header.type === 'x' ? 'pax' : 'long';
      this.#text = [];
      if (header.size === 0) this.#finish();
      return;
    }
    this.name = this.#path ?? header.name;
    this.#path = undefined;
    this.#size = undefined;
    // Settings for all entries, and names of links: neither matters to a plain file.
    if (header.type !== 'g' && header.type !== 'K') this.#open(header.type, this.name, size);
    if (size === 0) this.#finish();
  }

  #open(type: string, name: string, size: number): void {
    if (type === '1' || type === '2')
      return this.fault({ name, kind: 'link', why: 'it is a link, which can lead out of the package' });
    if (type === '3' || type === '4' || type === '6')
      return this.fault({ name, kind: 'device', why: 'it is a device' });
    const why = whyNotPath(name, this.#bounds.depth);
    if (why !== undefined) return this.fault({ name, kind: 'path', why });
    if (type === '5') return undefined;
    if (type !== '0' && type !== '7') return this.fault({ name, kind: 'malformed', why: 'it is of no known kind' });
    // As npm does: whatever the first folder is called.
    const path = name
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .slice(1)
      .join('/');
    if (path === '') return this.fault({ name, kind: 'path', why: 'it lies beside the package' });
    // Of two, some file systems and readers take the one, and others the other.
    const key = path.normalize('NFC').toLowerCase();
    if (this.#seen.has(key)) return this.fault({ name, kind: 'twice', why: 'another entry has this name' });
    this.#seen.add(key);
    if (this.files.length >= this.#bounds.files)
      throw new Stop('bomb', `it holds more than ${this.#bounds.files} files`);
    this.bytes += size;
    const target = join(this.#folder, path);
    try {
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
      this.#out = openSync(
        target,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
    } catch {
      return this.fault({ name, kind: 'twice', why: 'a file stands where a folder would be, or its name is too long' });
    }
    this.files.push(path);
    return undefined;
  }

  #finish(): void {
    if (this.#text !== undefined) {
      const text = Buffer.concat(this.#text).toString('utf8');
      this.#text = undefined;
      if (this.#textKind === 'long') this.#path = text.replace(/\0+$/, '');
      else {
        const { path, size } = paxOf(text);
        this.#path = path ?? this.#path;
        this.#size = size ?? this.#size;
      }
    }
    this.close();
  }

  close(): void {
    if (this.#out !== undefined) closeSync(this.#out);
    this.#out = undefined;
  }

  end(): void {
    if (this.#left > 0 || (this.#unpacked > 0 && this.files.length === 0 && this.faults.length === 0))
      throw new Stop('malformed', 'it ends in the middle');
  }
}

function whyNotPath(name: string, depth: number): string | undefined {
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'it has an absolute path';
  if (name.split(/[/\\]/).includes('..')) return 'its path leads out of the package';
  if (/[\\\0]/.test(name)) return 'its path holds what no path does';
  return name.split('/').length > depth ? 'it lies deeper than anything that people pack' : undefined;
}
