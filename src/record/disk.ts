import { constants, fdatasync, ftruncate, write } from 'node:fs';

/** The three operations on an open segment that can fail for want of space or of a disk. */
export interface Disk {
  /** Writes at a position and resolves with the bytes written, on stable storage only after `sync`. */
  write(fd: number, data: Buffer, offset: number, length: number, position: number): Promise<number>;
  sync(fd: number): Promise<void>;
  truncate(fd: number, length: number): Promise<void>;
}

/**
 * Flag that makes each write durable by itself: one trip to the thread pool for each batch instead of two. On Linux it is
 * the same promise as `fdatasync` after the write (open(2)); elsewhere `fdatasync` is asked, which on macOS also empties
 * the drive's cache. Under permission flags Node refuses `fdatasync`, and the flag stands in for it everywhere.
 */
export const DURABLE_WRITES: number =
  process.platform === 'linux' || process.permission !== undefined ? (constants.O_DSYNC ?? 0) : 0;

/** The file system, without blocking the event loop: a slow disk delays records, not reads. */
export const DISK: Disk = Object.freeze({
  write: (fd: number, data: Buffer, offset: number, length: number, position: number) =>
    new Promise<number>((resolve, reject) => {
      write(fd, data, offset, length, position, (error, written) => {
        if (error) reject(error);
        else resolve(written);
      });
    }),
  sync: (fd: number) =>
    DURABLE_WRITES !== 0
      ? Promise.resolve()
      : new Promise<void>((resolve, reject) => {
          fdatasync(fd, (error) => (error ? reject(error) : resolve()));
        }),
  truncate: (fd: number, length: number) =>
    new Promise<void>((resolve, reject) => {
      ftruncate(fd, length, (error) => {
        if (error) reject(error);
        // The next write is durable by itself, and its length with it; until then the cut is made again when it is lost.
        else if (DURABLE_WRITES !== 0) resolve();
        else fdatasync(fd, (failed) => (failed ? reject(failed) : resolve()));
      });
    }),
});
