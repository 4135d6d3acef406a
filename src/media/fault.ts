/** Why media cannot be passed on; for the audit log. */
export class MediaFault extends Error {
  override readonly name = 'MediaFault';
}

/** What a picture may measure. */
export interface PictureBounds {
  /** Most pixels of the canvas; all frames of an animation together may have eight times as many. */
  readonly pixels: number;
}

/** Frames of an animation, by the pixels of which a decoder is bounded. */
const FRAMES_PIXELS = 8;
const MOST_FRAMES = 2_000;

/** Counts what a decoder would have to unpack. */
export class PictureSize {
  readonly #most: number;
  #total = 0;
  #frames = 0;

  constructor({ pixels }: PictureBounds) {
    this.#most = pixels;
  }

  /** Counts the canvas, or a frame. */
  add(width: number, height: number): void {
    if (width < 1 || height < 1) throw new MediaFault('a picture without extent');
    const area = width * height;
    this.#total += area;
    this.#frames++;
    if (area > this.#most || this.#total > this.#most * FRAMES_PIXELS || this.#frames > MOST_FRAMES)
      throw new MediaFault(`a picture of ${width} by ${height}, number ${this.#frames}`);
  }
}

/** Insists that nothing but zeros follows the end of what was parsed. */
export function insistEnd(bytes: Buffer, end: number): void {
  for (let at = end; at < bytes.length; at++) if (bytes[at] !== 0) throw new MediaFault('data after the end');
}

/** A part of the bytes; a fault when it reaches beyond them. */
export function part(bytes: Buffer, from: number, to: number): Buffer {
  if (to < from || to > bytes.length) throw new MediaFault('cut short');
  return bytes.subarray(from, to);
}
