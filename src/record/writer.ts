import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { DURABLE_WRITES, type Disk } from './disk.ts';
import { segmentAt, syncDirectory, type Segment } from './layout.ts';

/** Appends to the newest segment. One operation at a time. */
export interface SegmentWriter {
  /** Durable bytes of the segment. */
  readonly bytes: number;
  /** Appends `length` bytes from `offset`, durably. After a rejection nothing of them counts as written. */
  write(data: Buffer, offset: number, length: number): Promise<void>;
  /** Goes on in a new segment that begins with record `first`. */
  rotate(first: number): Promise<void>;
  close(): void;
}

const FLAGS = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | DURABLE_WRITES;

async function openSegment(directory: string, segment: Segment): Promise<number> {
  const fd = openSync(segment.path, FLAGS, 0o600);
  await syncDirectory(directory);
  return fd;
}

/**
 * Opens the segment to append to, whose first `bytes` bytes are complete records; what follows them is cut.
 *
 * @throws Error of the file system.
 */
export async function openWriter(
  directory: string,
  segment: Segment,
  bytes: number,
  disk: Disk,
): Promise<SegmentWriter> {
  let fd = await openSegment(directory, segment);
  let end = bytes;
  /** INVARIANT: while true, the file may hold bytes after `end`; they are cut before the next write. */
  let trailing = fstatSync(fd).size > bytes;

  const cut = async (): Promise<void> => {
    await disk.truncate(fd, end);
    trailing = false;
  };

  if (trailing) await cut();
  return {
    get bytes() {
      return end;
    },
    async write(data, offset, length) {
      if (trailing) await cut();
      trailing = true;
      let done = 0;
      while (done < length) {
        const written = await disk.write(fd, data, offset + done, length - done, end + done);
        if (written === 0) throw new Error('the disk took no bytes');
        done += written;
      }
      await disk.sync(fd);
      trailing = false;
      end += length;
    },
    async rotate(first) {
      const next = await openSegment(directory, segmentAt(directory, first));
      if (fstatSync(next).size !== 0) {
        closeSync(next);
        throw new Error(`the segment of record ${first} exists already`);
      }
      closeSync(fd);
      fd = next;
      end = 0;
      trailing = false;
    },
    close() {
      closeSync(fd);
    },
  };
}
